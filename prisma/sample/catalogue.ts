export interface SampleItem {
  id: string;
  type: 'seats' | 'module' | 'integration';
  name: string;
  /** USD a year. */
  price: number;
  features: string[];
  plans: string[];
  techNames: string[];
  benefit: string;
}

/** What the vendor of the sample portfolio sells. */
export const SAMPLE_CATALOGUE: readonly SampleItem[] = [
  item('seats', 'seats', 'Seats', 360, [], [], [], 'Everybody who works in the product has a log-in of their own.'),
  item(
    'forecasting',
    'module',
    'Forecasting',
    14_000,
    ['Forecast preview', 'Pipeline exports'],
    ['growth', 'enterprise'],
    [],
    'Turns pipeline history into a forecast that leaders can trust.',
  ),
  item(
    'audit-log',
    'module',
    'Audit log',
    6_000,
    ['Activity history'],
    ['growth', 'enterprise'],
    [],
    'Shows auditors who changed what, without a ticket to support.',
  ),
  item(
    'api-plan',
    'module',
    'API plan',
    9_000,
    ['API calls'],
    [],
    [],
    'Lifts the daily call limit, so that automations do not stop mid-day.',
  ),
  item(
    'sso-scim',
    'module',
    'SSO & SCIM',
    8_000,
    ['Manual invitations'],
    ['growth', 'enterprise'],
    [],
    'Joiners and leavers are handled by the company directory.',
  ),
  item(
    'advanced-reporting',
    'module',
    'Advanced reporting',
    11_000,
    ['Report exports', 'Custom dashboards'],
    [],
    [],
    'Answers the questions that people now take to a spreadsheet.',
  ),
  item(
    'sandbox',
    'module',
    'Sandbox',
    7_500,
    ['Test workspaces'],
    ['growth', 'enterprise'],
    [],
    'Changes are tried out safely before they reach the whole team.',
  ),
  item(
    'data-residency',
    'module',
    'Data residency',
    18_000,
    ['Region settings'],
    ['enterprise'],
    [],
    'Keeps customer data in the region that the contract names.',
  ),
  item(
    'salesforce',
    'integration',
    'Salesforce',
    6_000,
    ['CRM exports'],
    [],
    ['Salesforce', 'Sales Cloud'],
    'Deals and accounts stay in step without copying.',
  ),
  item(
    'slack',
    'integration',
    'Slack',
    2_400,
    ['Shared links'],
    [],
    ['Slack'],
    'News arrives where the team already talks.',
  ),
  item(
    'hubspot',
    'integration',
    'HubSpot',
    4_800,
    ['Contact imports'],
    [],
    ['HubSpot'],
    'Marketing and success see the same contacts.',
  ),
  item(
    'jira',
    'integration',
    'Jira',
    3_600,
    ['Issue links'],
    [],
    ['Jira', 'Jira Cloud'],
    'Requests reach engineering with their context.',
  ),
  item(
    'snowflake',
    'integration',
    'Snowflake',
    9_600,
    ['Bulk exports'],
    ['growth', 'enterprise'],
    ['Snowflake'],
    'Product data is in the warehouse every morning.',
  ),
  item(
    'microsoft-teams',
    'integration',
    'Microsoft Teams',
    2_400,
    ['Shared links'],
    [],
    ['Microsoft Teams', 'Teams'],
    'News arrives where the team already talks.',
  ),
  item(
    'zendesk',
    'integration',
    'Zendesk',
    3_600,
    ['Ticket lookups'],
    [],
    ['Zendesk'],
    'Support sees the account while it answers.',
  ),
];

/** Products in the tech stacks that the catalogue does not connect to. */
export const OTHER_TECH = ['Google Workspace', 'Okta', 'GitHub', 'Notion', 'AWS', 'Figma', 'Asana', 'Datadog'] as const;

export function itemsOf(type: SampleItem['type']): SampleItem[] {
  return SAMPLE_CATALOGUE.filter((each) => each.type === type);
}

function item(
  id: string,
  type: SampleItem['type'],
  name: string,
  price: number,
  features: string[],
  plans: string[],
  techNames: string[],
  benefit: string,
): SampleItem {
  return { id, type, name, price, features, plans, techNames, benefit };
}
