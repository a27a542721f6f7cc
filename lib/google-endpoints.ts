const GOOGLE_ISSUER = 'https://accounts.google.com';

/** https://accounts.google.com/.well-known/openid-configuration, which need not be asked at every start. */
export function googleEndpoints(issuer: string) {
  if (issuer !== GOOGLE_ISSUER) {
    return {
      issuers: [issuer],
      authorizationUrl: `${issuer}/o/oauth2/v2/auth`,
      tokenUrl: `${issuer}/token`,
      revokeUrl: `${issuer}/revoke`,
      keysUrl: `${issuer}/oauth2/v3/certs`,
    };
  }
  return {
    issuers: [GOOGLE_ISSUER, 'accounts.google.com'],
    authorizationUrl: `${GOOGLE_ISSUER}/o/oauth2/v2/auth`,
    tokenUrl: 'https://oauth2.googleapis.com/token',
    revokeUrl: 'https://oauth2.googleapis.com/revoke',
    keysUrl: 'https://www.googleapis.com/oauth2/v3/certs',
  };
}
