import type { JSX } from "preact";
import type { CourseView, ScopeOnly } from "@kwiga-orders/client";
import { CheckField, SelectField } from "../parts/fields.tsx";
import { useSchool } from "../state/school.ts";
import { toggled, type TermsFieldProps } from "./field.ts";

/** All lessons, or only these modules and lessons (L2). */
export function ScopeField({ terms, onChange, course }: TermsFieldProps & { course: CourseView }): JSX.Element {
  const { words } = useSchool();
  const scope = terms.scope ?? { kind: "all" };
  const change = (part: Partial<ScopeOnly>): void =>
    onChange({ scope: { ...(scope.kind === "only" ? scope : { kind: "only" }), ...part } });
  return (
    <div class="setting">
      <SelectField
        label={words.scope}
        value={scope.kind}
        options={[
          { value: "all", text: words.allLessons },
          { value: "only", text: words.onlyThese },
        ]}
        onValue={(kind) =>
          onChange({
            scope: kind === "all" ? { kind } : { kind, modules: course.modules.map((one) => one.id) },
          })
        }
      />
      {scope.kind === "only" ? (
        <>
          <ul class="outline">
            {course.modules.map((module) => (
              <li key={module.id}>
                <CheckField
                  label={module.title}
                  value={scope.modules?.includes(module.id) ?? false}
                  onValue={(on) => change({ modules: toggled(scope.modules, module.id, on) })}
                />
                {scope.modules?.includes(module.id) ? null : (
                  <ul>
                    {module.lessons.map((lesson) => (
                      <li key={lesson.id}>
                        <CheckField
                          label={lesson.title}
                          value={scope.lessons?.includes(lesson.id) ?? false}
                          onValue={(on) => change({ lessons: toggled(scope.lessons, lesson.id, on) })}
                        />
                      </li>
                    ))}
                  </ul>
                )}
              </li>
            ))}
          </ul>
          <CheckField
            label={words.includeNew}
            value={scope.include_new === true}
            onValue={(include_new) => change({ include_new })}
          />
        </>
      ) : null}
    </div>
  );
}
