import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { CourseView, LineView } from "@kwiga-orders/client";
import { Action } from "../parts/action.tsx";
import { Day } from "../parts/values.tsx";
import { useAsked } from "../state/asking.ts";
import { perform } from "../state/doing.ts";
import { useSchool } from "../state/school.ts";
import type { BlockProps } from "./block.ts";
import { testTitles, Unmet } from "../parts/unmet.tsx";
import { ReasonDialog } from "./reason-dialog.tsx";

/** The certificate of a product: issued, or what is unmet, with how much is done of it (C2). */
export function CertificateOf({
  order,
  line,
  actions,
  course,
}: BlockProps & { line: LineView; course: CourseView | undefined }): JSX.Element | null {
  const { words, labels } = useSchool();
  const [isRevoked, setRevoked] = useState(false);
  const of = { order: order.id, product: line.product };
  const certificate = useAsked({ query: "certificate", contact: order.contact, product: line.product }).answer;
  if (certificate === undefined || certificate.unmet.some((one) => one.code === "disabled")) return null;
  return (
    <div class="certificate">
      <strong>{words.certificate}</strong>
      {certificate.issued === null ? null : (
        <span class="pill pill-good">
          № {certificate.issued.number}, <Day at={certificate.issued.at} />
        </span>
      )}
      {certificate.issued === null ? (
        <Unmet of={certificate.unmet} currency={order.currency} titles={testTitles(course)} />
      ) : null}
      {certificate.eligible && certificate.issued === null ? (
        <Action
          of="issue_certificate"
          actions={actions}
          onDo={() => void perform({ command: "issue_certificate", ...of })}
        />
      ) : null}
      {certificate.issued === null ? null : (
        <Action of="revoke_certificate" actions={actions} onDo={() => setRevoked(true)} />
      )}
      {isRevoked ? (
        <ReasonDialog
          required
          title={labels.of("command", "revoke_certificate")}
          command={(reason) => ({ command: "revoke_certificate", ...of, reason })}
          onClose={() => setRevoked(false)}
        />
      ) : null}
    </div>
  );
}
