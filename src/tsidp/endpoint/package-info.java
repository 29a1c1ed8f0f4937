/// The endpoints of the protocol: one class each, one a grant, and the guards before them.
///
/// ```
/// PersonAccess ─▶ AuthorizationEndpoint ─▶ Codes
/// ClientAccess ─▶ TokenEndpoint ─▶ CodeGrant, RefreshGrant ─▶ Grants, ID token
///              ─▶ IntrospectionEndpoint
/// BearerAccess ─▶ UserInfoEndpoint
/// Anyone       ─▶ MetadataEndpoint, JwksEndpoint, AssetEndpoint
/// ```
package tsidp.endpoint;
