"""The words of proposals."""

from django.db.models import TextChoices


class ProposalKind(TextChoices):
    ROLES = "roles", "Change of roles"
    MEMBERSHIP_END = "membership_end", "End of somebody's place in the clinic"
    MFA_RESET = "mfa_reset", "Reset of a second factor"
    TEAM = "team", "Joining a care team"
    GRANT = "grant", "Reading grant"
    SUPERVISION = "supervision", "Supervision of a trainee"
    SETTING = "setting", "Change of a clinical setting"


class Event(TextChoices):
    PROPOSALS_OPENED = "proposals.opened", "opened what waits for a second person"
    PROPOSED = "proposal.made", "proposed what needs a second person"
    SECONDED = "proposal.seconded", "seconded a proposal"
    PROPOSAL_REFUSED = "proposal.refused", "refused a proposal"
    PROPOSAL_WITHDRAWN = "proposal.withdrawn", "withdrew their proposal"
    ROLES_CHANGED = "roles.changed", "changed somebody's roles"
    MEMBERSHIP_ENDED = "membership.ended", "ended somebody's place in the clinic"
    MFA_RESET = "mfa.reset", "reset somebody's second factor"
    GRANT_MADE = "grant.made", "gave a reading grant"
    GRANT_ENDED = "grant.ended", "ended a reading grant"
    SUPERVISION_MADE = "supervision.made", "named somebody the supervisor of a trainee"
    SUPERVISION_ENDED = "supervision.ended", "ended a supervision"
