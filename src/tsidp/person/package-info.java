/// Who asks, and what the tailnet policy lets them do: `Person` is made of what whois says, `Capabilities` of the rules
/// for them. `Administrator` and `Registrar` are persons for whom a rule was found: proofs, as types.
package tsidp.person;
