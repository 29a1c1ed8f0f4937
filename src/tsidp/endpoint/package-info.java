/// The endpoints of the protocol: one class each, one a grant type, and the guards before them.
///
/// ```
/// PersonAccess ─▶ AuthorizationEndpoint ─▶ Codes
/// ClientAccess ─▶ TokenEndpoint ─▶ AuthorizationCodeGrant, RefreshTokenGrant ─▶ SignIns, ID token
///              ─▶ IntrospectionEndpoint
/// BearerAccess ─▶ UserInfoEndpoint
/// Anyone       ─▶ MetadataEndpoint, JwksEndpoint, AssetEndpoint
/// ```
package tsidp.endpoint;
