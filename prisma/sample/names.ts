import type { Random } from './random';

const STEMS = [
  'Alder', 'Amberline', 'Arcwell', 'Ashgrove', 'Atlas', 'Aurora', 'Basalt', 'Bayview', 'Beacon', 'Birchwood', 'Blue Heron',
  'Bramble', 'Brightwater', 'Calder', 'Canopy', 'Cascade', 'Cedar', 'Cobalt', 'Copperfield', 'Crestline', 'Delphin',
  'Driftwood', 'Eastgate', 'Ember', 'Evergreen', 'Fairhaven', 'Fernhill', 'Foxglove', 'Garnet', 'Glacier', 'Granite',
  'Halcyon', 'Harbor', 'Hawthorn', 'Hazel', 'Highfield', 'Horizon', 'Indigo', 'Ironbridge', 'Juniper', 'Kestrel',
  'Kingfisher', 'Lakeshore', 'Lantern', 'Larkspur', 'Linden', 'Lumen', 'Maplecrest', 'Marlow', 'Meridian', 'Mistral',
  'Monarch', 'Nimbus', 'Northwind', 'Oakhurst', 'Obsidian', 'Orchard', 'Osprey', 'Palisade', 'Pinecrest', 'Polaris',
  'Quarry', 'Quillon', 'Redwood', 'Ridgeway', 'Riverton', 'Rowan', 'Saffron', 'Sagebrush', 'Silverlake', 'Solstice',
  'Stonebridge', 'Summit', 'Sycamore', 'Tamarack', 'Thistle', 'Tidewater', 'Umbra', 'Valewood', 'Verdant', 'Wayfare',
  'Westbrook', 'Willowby', 'Windmere', 'Wrenfield', 'Yarrow', 'Zephyr',
] as const;

const TRADES = [
  'Robotics', 'Logistics', 'Analytics', 'Health', 'Foods', 'Software', 'Energy', 'Media', 'Freight', 'Textiles', 'Labs',
  'Systems', 'Insurance', 'Education', 'Travel', 'Payments', 'Biotech', 'Retail', 'Motors', 'Security', 'Studios',
  'Legal', 'Staffing', 'Optics',
] as const;

/** Invented company names, each once. */
export function companyNames(count: number, random: Random): string[] {
  const names = STEMS.flatMap((stem, at) => [0, 7, 15].map((step) => `${stem} ${TRADES[(at * 5 + step) % TRADES.length]}`));
  return random.shuffle(names).slice(0, count);
}

export const REPS = people(['marta.lindqvist', 'james.okoro', 'priya.raman', 'tom.becker', 'elena.rossi', 'sam.whitfield']);

export const CSMS = people([
  'dana.okafor',
  'noah.fischer',
  'aisha.karim',
  'lucas.moreau',
  'hanna.nilsson',
  'diego.santos',
  'mei.tanaka',
  'oliver.grant',
]);

function people(names: readonly [string, ...string[]]): [string, ...string[]] {
  const [first, ...rest] = names;
  return [address(first), ...rest.map(address)];
}

function address(name: string): string {
  return `${name}@headroom.example`;
}
