/** Several names in one field, as people type them: with commas between. */

export function namesOf(text: string): string[] {
  return text
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");
}
