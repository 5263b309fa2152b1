/** A validator that interprets schemas: the usual one compiles them to functions, which a strict page does not allow. */

import { Validator } from "@cfworker/json-schema";
import { toErrorSchema, type RJSFSchema, type RJSFValidationError, type ValidatorType } from "@rjsf/utils";

type Errors = { errors?: unknown[] };

/** Give the data as it would be sent: what is unset is not there. */
function sent(data: unknown): unknown {
  return data === undefined ? {} : JSON.parse(JSON.stringify(data));
}

function faults(schema: RJSFSchema, data: unknown): RJSFValidationError[] {
  const { errors } = new Validator(schema as object, "2020-12", false).validate(sent(data));
  // A fault of something inside is told of all that it is in, too: the innermost says what is wrong.
  const told = errors.filter((one) => !WHOLE.has(one.keyword));
  return told.map((one) => {
    const property = one.instanceLocation.replace(/^#/, "").replaceAll("/", ".");
    return { name: one.keyword, message: one.error, property, stack: `${property} ${one.error}` };
  });
}

const WHOLE = new Set(["properties", "items", "allOf", "anyOf", "oneOf", "if", "then", "else", "additionalProperties"]);

const validator: ValidatorType = {
  validateFormData(data, schema) {
    const errors = faults(schema, data);
    return { errors, errorSchema: toErrorSchema(errors) };
  },
  isValid(schema, data) {
    if (data === undefined && schema.type !== undefined && schema.type !== "object") return false;
    return new Validator(schema as object, "2020-12", true).validate(sent(data)).valid;
  },
  rawValidation<Result>(schema: RJSFSchema, data?: unknown) {
    return { errors: faults(schema, data) } as Errors as { errors?: Result[] };
  },
};

// By default, too: it stands in for the package that the renderer would take for its own tests.
export default validator;
