/** A page of text with a structure that a browser, Markdown and Notion can all show. All text is plain and untrusted. */
export interface StructuredDocument {
  title: string;
  sections: readonly DocumentSection[];
}

export interface DocumentSection {
  heading: string;
  blocks: readonly DocumentBlock[];
}

export type DocumentBlock =
  | { kind: 'paragraph'; text: string }
  | { kind: 'bullets'; items: readonly string[] }
  | {
      kind: 'table';
      columns: readonly { label: string; align: 'start' | 'end' }[];
      /** As many cells as there are columns. */
      rows: readonly (readonly string[])[];
    }
  /** `href` is an address of the desk or `https:`. */
  | { kind: 'link'; text: string; href: string };
