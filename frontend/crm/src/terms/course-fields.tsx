/** Delays, checkpoints and practices: as in the course, none, or own ones (L3, L7, L8). */

import type { JSX } from "preact";
import type { CourseView } from "@kwiga-orders/client";
import { CheckField, SelectField } from "../parts/fields.tsx";
import { PeriodField, periodOf, typedPeriod } from "../parts/period-field.tsx";
import { useSchool } from "../state/school.ts";
import { toggled, type TermsFieldProps } from "./field.ts";

type CourseFieldProps = TermsFieldProps & { course: CourseView };

export function DelaysField({ terms, onChange, course }: CourseFieldProps): JSX.Element {
  const { words } = useSchool();
  const delays = terms.delays ?? { kind: "as_course" };
  const own = delays.kind === "override" ? (delays.modules ?? {}) : {};
  return (
    <div class="setting">
      <SelectField
        label={words.delays}
        value={delays.kind}
        options={[
          { value: "as_course", text: words.asCourse },
          { value: "none", text: words.none },
          { value: "override", text: words.override },
        ]}
        onValue={(kind) => onChange({ delays: kind === "override" ? { kind, modules: {} } : { kind } })}
      />
      {delays.kind !== "override"
        ? null
        : course.modules.map((module) => {
            const delay = own[module.id];
            const period = delay?.kind === "after" ? delay.period : null;
            return (
              <PeriodField
                key={module.id}
                label={module.title}
                value={typedPeriod(period)}
                onValue={(typed) => {
                  const { [module.id]: _, ...others } = own;
                  const length = periodOf(typed);
                  // an empty field is no delay: lessons that are not named have none (L3)
                  onChange({
                    delays: {
                      ...delays,
                      modules: length === null ? others : { ...others, [module.id]: { kind: "after", period: length } },
                    },
                  });
                }}
              />
            );
          })}
    </div>
  );
}

export function CheckpointsField({ terms, onChange, course }: CourseFieldProps): JSX.Element {
  const { words } = useSchool();
  const checkpoints = terms.checkpoints ?? { kind: "as_course" };
  return (
    <div class="setting">
      <SelectField
        label={words.checkpoints}
        value={checkpoints.kind}
        options={[
          { value: "as_course", text: words.asCourse },
          { value: "off", text: words.off },
          { value: "override", text: words.override },
        ]}
        onValue={(kind) => onChange({ checkpoints: kind === "override" ? { kind, lessons: [] } : { kind } })}
      />
      {checkpoints.kind !== "override"
        ? null
        : course.modules
            .flatMap((module) => module.lessons)
            .map((lesson) => (
              <CheckField
                key={lesson.id}
                label={lesson.title}
                value={checkpoints.lessons?.includes(lesson.id) ?? false}
                onValue={(on) =>
                  onChange({
                    checkpoints: {
                      kind: "override",
                      lessons: toggled(checkpoints.lessons, lesson.id, on),
                    },
                  })
                }
              />
            ))}
    </div>
  );
}

export function PracticesField({ terms, onChange, course }: CourseFieldProps): JSX.Element {
  const { words } = useSchool();
  const practices = terms.practices ?? { kind: "as_course" };
  const all = course.modules
    .flatMap((module) => module.lessons)
    .flatMap((lesson) => lesson.practices.map((practice) => ({ id: practice.id, lesson: lesson.title })));
  return (
    <div class="setting">
      <SelectField
        label={words.practices}
        value={practices.kind}
        options={[
          { value: "as_course", text: words.asCourse },
          { value: "none", text: words.none },
          { value: "override", text: words.override },
        ]}
        onValue={(kind) => onChange({ practices: kind === "override" ? { kind, required: [] } : { kind } })}
      />
      {practices.kind !== "override"
        ? null
        : all.map(({ id, lesson }) => (
            <CheckField
              key={id}
              label={lesson}
              value={practices.required?.includes(id) ?? false}
              onValue={(on) =>
                onChange({
                  practices: { kind: "override", required: toggled(practices.required, id, on) },
                })
              }
            />
          ))}
    </div>
  );
}
