import { describe, expect, it } from 'vitest';
import { previewFile } from '../../../app/import/preview-file';

const file = (text: string | Uint8Array<ArrayBuffer>, name = 'accounts.csv') => new File([text], name);

describe('preview of a file', () => {
  it('finds the separator, drops the byte order mark and empty lines', async () => {
    const preview = await previewFile(file('\uFEFFid;name\r\n1;"Acme; Inc"\r\n\r\n2;Bolt\r\n'));
    expect(preview).toMatchObject({
      layout: 'semicolon-separated',
      headers: ['id', 'name'],
      rows: [
        ['1', 'Acme; Inc'],
        ['2', 'Bolt'],
      ],
      more: false,
    });
  });

  it('heeds the line that Excel puts above the header', async () => {
    expect(await previewFile(file('sep=;\nid;name,full\n1;Acme\n'))).toMatchObject({ headers: ['id', 'name,full'] });
  });

  it('reads UTF-16 with a byte order mark', async () => {
    const text = '\uFEFFid\tname\r\n1\tZoë\r\n';
    const bytes = new Uint8Array(new Uint16Array([...text].map((char) => char.charCodeAt(0))).buffer);
    expect(await previewFile(file(bytes))).toMatchObject({ layout: 'tab-separated', rows: [['1', 'Zoë']] });
  });

  it('shows twenty rows and says that there are more', async () => {
    const preview = await previewFile(file(`id\n${Array.from({ length: 30 }, (_, row) => row).join('\n')}`));
    expect(preview.rows).toHaveLength(20);
    expect(preview.more).toBe(true);
  });

  it('reads the first whole objects of a JSON array', async () => {
    const preview = await previewFile(file('[{"id":"1","tags":["a","b"]},{"id":"2","n":"}"},{"id":', 'accounts.json'));
    expect(preview).toMatchObject({
      format: 'json',
      headers: ['id', 'tags', 'n'],
      rows: [
        ['1', 'a;b', ''],
        ['2', '', '}'],
      ],
    });
  });

  it.each([
    ['empty', file(''), /empty/],
    ['a workbook', file('PK', 'accounts.xlsx'), /CSV UTF-8/],
    ['a header alone', file('id,name\n'), /no rows/],
    ['binary', file('a\0b\n1\n'), /not a text file/],
    ['JSON without rows', file('[]', 'a.json'), /No rows/],
  ])('refuses %s and says what to do', async (_, broken, message) => {
    await expect(previewFile(broken)).rejects.toThrow(message);
  });
});
