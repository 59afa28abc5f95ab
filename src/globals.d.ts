/** Template files are bundled as text. */
declare module '*.tmpl' {
  const text: string;
  export default text;
}
