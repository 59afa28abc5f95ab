/** A YAML scalar that reads as exactly this text. JSON is YAML; what a YAML file may not hold as it is, is escaped. */
export function scalar(text: string): string {
  if (/^[A-Za-z][A-Za-z0-9@/._-]*$/.test(text) && !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(text)) return text;
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
