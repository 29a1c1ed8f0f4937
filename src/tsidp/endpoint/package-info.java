/// The endpoints of the protocol: one class per endpoint, one per grant type, and the guards in front of them.
///
/// ```
/// PersonAccess ─▶ AuthorizationEndpoint ─▶ Codes
/// ClientAccess ─▶ TokenEndpoint ─▶ AuthorizationCodeGrant, RefreshTokenGrant ─▶ SignIns, ID token
///              ─▶ IntrospectionEndpoint
/// BearerAccess ─▶ UserInfoEndpoint
/// Anyone       ─▶ MetadataEndpoint, JwksEndpoint, AssetEndpoint
/// ```
package tsidp.endpoint;
