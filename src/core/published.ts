/** Where a file of one published version can be read: unpkg serves the files of npm packages as they are. */
export const publishedUrl = (version: string, path: string): string => `https://unpkg.com/cofferdam@${version}/${path}`;

/** The page about a rule. */
export const ruleUrl = (version: string, id: string): string => publishedUrl(version, `docs/rules/${id}.md`);
