/** Every setting of access to a product, in the order of the help article (S1): the draft is what goes on the wire. */

import type { JSX } from "preact";
import type { CommentSetting, Duration, Start } from "@kwiga-orders/client";
import { SelectField, TextField } from "../parts/fields.tsx";
import { PeriodField, periodOf, typedPeriod } from "../parts/period-field.tsx";
import { useAsked } from "../state/asking.ts";
import { useSchool } from "../state/school.ts";
import { CertificateField } from "./certificate-field.tsx";
import { CheckpointsField, DelaysField, PracticesField } from "./course-fields.tsx";
import { ScopeField } from "./scope-field.tsx";
import type { TermsFieldProps } from "./field.ts";

export function TermsEditor({ product, terms, onChange }: TermsFieldProps & { product: string }): JSX.Element {
  const { words } = useSchool();
  const course = useAsked(product === "" ? null : { query: "course", product }, { live: false }).answer;
  const comments: readonly { value: CommentSetting; text: string }[] = [
    { value: "as_course", text: words.asCourse },
    { value: "on", text: words.on },
    { value: "off", text: words.off },
  ];
  return (
    <div class="terms">
      <StartField terms={terms} onChange={onChange} />
      <DurationField terms={terms} onChange={onChange} />
      {course === undefined ? null : (
        <>
          <ScopeField terms={terms} onChange={onChange} course={course} />
          <DelaysField terms={terms} onChange={onChange} course={course} />
          <CheckpointsField terms={terms} onChange={onChange} course={course} />
          <PracticesField terms={terms} onChange={onChange} course={course} />
        </>
      )}
      <SelectField
        label={words.comments}
        value={terms.comments ?? "as_course"}
        options={comments}
        onValue={(chosen) => onChange({ comments: chosen })}
      />
      <CertificateField terms={terms} onChange={onChange} />
    </div>
  );
}

type StartChoice = "after_payment" | "delayed" | "from";

function StartField({ terms, onChange }: TermsFieldProps): JSX.Element {
  const { words } = useSchool();
  const start = terms.start ?? { kind: "after_payment" };
  const choice: StartChoice = start.kind === "from" ? "from" : start.delay ? "delayed" : "after_payment";
  const beginnings: Readonly<Record<StartChoice, Start>> = {
    after_payment: { kind: "after_payment" },
    delayed: { kind: "after_payment", delay: { days: 1 } },
    from: { kind: "from", at: new Date().toISOString().slice(0, 10) },
  };
  return (
    <div class="setting">
      <SelectField
        label={words.start}
        value={choice}
        options={[
          { value: "after_payment", text: words.afterPayment },
          { value: "delayed", text: words.afterPaymentDelay },
          { value: "from", text: words.fromDate },
        ]}
        onValue={(chosen) => onChange({ start: beginnings[chosen] })}
      />
      {start.kind === "from" ? (
        <TextField
          type="datetime-local"
          label={words.from}
          value={withTime(start.at)}
          onValue={(at) => onChange({ start: { kind: "from", at } })}
        />
      ) : null}
      {start.kind === "after_payment" && start.delay ? (
        <PeriodField
          label={words.afterPaymentDelay}
          value={typedPeriod(start.delay)}
          onValue={(typed) => onChange({ start: { kind: "after_payment", delay: periodOf(typed) ?? { days: 1 } } })}
        />
      ) : null}
    </div>
  );
}

/** A date, or an instant of the wire, as a field for date and time takes it. */
export function withTime(at: string): string {
  return at.length === 10 ? `${at}T00:00` : at.slice(0, 16);
}

function DurationField({ terms, onChange }: TermsFieldProps): JSX.Element {
  const { words } = useSchool();
  const duration = terms.duration ?? { kind: "forever" };
  const endings: Readonly<Record<Duration["kind"], Duration>> = {
    forever: { kind: "forever" },
    for: { kind: "for", period: { months: 1 } },
    until: { kind: "until", at: new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10) },
  };
  return (
    <div class="setting">
      <SelectField
        label={words.duration}
        value={duration.kind}
        options={[
          { value: "until", text: words.untilDate },
          { value: "for", text: words.forPeriod },
          { value: "forever", text: words.forever },
        ]}
        onValue={(chosen) => onChange({ duration: endings[chosen] })}
      />
      {duration.kind === "until" ? (
        <TextField
          type="date"
          label={words.until}
          value={duration.at.slice(0, 10)}
          onValue={(at) => onChange({ duration: { kind: "until", at } })}
        />
      ) : null}
      {duration.kind === "for" ? (
        <PeriodField
          label={words.forPeriod}
          value={typedPeriod(duration.period)}
          onValue={(typed) => onChange({ duration: { kind: "for", period: periodOf(typed) ?? { months: 1 } } })}
        />
      ) : null}
    </div>
  );
}
