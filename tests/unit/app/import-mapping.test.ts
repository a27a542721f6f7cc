import { describe, expect, it } from 'vitest';
import { importKindInfo } from '../../../app/import/columns';
import { assignColumn, mappingParameter, missingColumns, proposeMapping } from '../../../app/import/mapping';

const { columns } = importKindInfo('accounts');
const propose = (headers: string[], rows: string[][] = []) => proposeMapping(headers, rows, columns);

describe('proposed mapping', () => {
  it('knows a column by its own name in any spelling', () => {
    expect(propose(['Account ID', 'NAME', 'seatsPurchased', 'renewal-date'])).toEqual({
      'Account ID': 'account_id',
      NAME: 'name',
      seatsPurchased: 'seats_purchased',
      'renewal-date': 'renewal_date',
    });
  });

  it.each([
    ['Company', 'name'],
    ['Customer', 'name'],
    ['Website', 'domain'],
    ['Seats', 'seats_purchased'],
    ['Licences', 'seats_purchased'],
    ['ACV', 'arr'],
    ['NPS', 'nps_score'],
    ['MRR', null],
    ['Annual Revenue', null],
    ['Notes', null],
  ])('%s is %s', (header, target) => {
    expect(propose([header])).toEqual({ [header]: target });
  });

  it('gives a column out once, to the exact name before a synonym', () => {
    expect(propose(['Company', 'name'])).toEqual({ Company: null, name: 'name' });
  });

  it('takes an owner for an address only where the rows hold addresses', () => {
    expect(propose(['Owner'], [['Dana Okafor']])).toEqual({ Owner: null });
    expect(propose(['Owner'], [['dana@headroom.example']])).toEqual({ Owner: 'rep_email' });
  });

  it('leaves out a column that is there twice', () => {
    expect(propose(['account_id', 'name', 'name'])).toEqual({ account_id: 'account_id', name: null });
  });
});

describe('mapping', () => {
  it('moves a column from one header to another', () => {
    expect(assignColumn({ a: 'name', b: null }, 'b', 'name')).toEqual({ a: null, b: 'name' });
  });

  it('names the needed columns that nothing fills', () => {
    expect(missingColumns({ a: 'name' }, columns).map((column) => column.name)).toEqual(['account_id']);
  });

  it('tells the server only what it would not find out by itself', () => {
    expect(
      mappingParameter({ account_id: 'account_id', 'Seats Purchased': 'seats_purchased', _line: null }),
    ).toBeNull();
    expect(mappingParameter({ account_id: 'account_id', Company: 'name', Notes: null })).toBe(
      '{"Company":"name","Notes":null}',
    );
  });
});
