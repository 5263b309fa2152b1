import type { JSX } from "preact";
import type { CertificateConditions } from "@kwiga-orders/client";
import { CheckField, SelectField, TextField } from "../parts/fields.tsx";
import { useSchool } from "../state/school.ts";
import type { TermsFieldProps } from "./field.ts";

/** Whether there is a certificate, and under what conditions (C1). */
export function CertificateField({ terms, onChange }: TermsFieldProps): JSX.Element {
  const { words, labels } = useSchool();
  const certificate = terms.certificate ?? { kind: "as_course" };
  const change = (part: Partial<CertificateConditions>): void =>
    onChange({ certificate: { ...(certificate.kind === "when" ? certificate : { kind: "when" }), ...part } });
  return (
    <div class="setting">
      <SelectField
        label={words.certificate}
        value={certificate.kind}
        options={[
          { value: "as_course", text: words.asCourse },
          { value: "none", text: words.noCertificate },
          { value: "when", text: words.whenConditions },
        ]}
        onValue={(kind) => onChange({ certificate: { kind } })}
      />
      {certificate.kind !== "when" ? null : (
        <>
          <TextField
            type="number"
            label={words.lessonsPercent}
            value={String(certificate.lessons_percent ?? "")}
            onValue={(text) => change({ lessons_percent: Number(text) })}
          />
          <CheckField
            label={words.requiredPractices}
            value={certificate.required_practices ?? false}
            onValue={(required_practices) => change({ required_practices })}
          />
          <CheckField
            label={words.fullyPaid}
            value={certificate.fully_paid ?? false}
            onValue={(fully_paid) => change({ fully_paid })}
          />
          <TextField
            type="date"
            label={labels.of("field", "not_before")}
            value={certificate.not_before?.slice(0, 10) ?? ""}
            onValue={(day) => change({ not_before: day === "" ? null : day })}
          />
        </>
      )}
    </div>
  );
}
