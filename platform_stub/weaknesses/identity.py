"""Weaknesses in whose account an address opens, and at which surface."""

from __future__ import annotations

from typing import Final

from platform_stub.weaknesses.model import Weakness, setting, without

WEAKNESSES: Final = (
    # identity and provisioning
    Weakness(
        "email-compared-ignoring-case",
        "identity",
        "E-mail addresses that differ in upper and lower case open the same account.",
        setting(email_match="casefold"),
    ),
    Weakness(
        "email-falls-back-to-login-name",
        "identity",
        "Without an e-mail the login name (SAML NameID, OIDC preferred_username) is taken for one.",
        setting(missing_email="use-login-name"),
    ),
    Weakness(
        "email-unverified-accepted",
        "identity",
        "An e-mail that the identity provider marks as not verified opens the account.",
        setting(unverified_email="accept"),
    ),
    Weakness(
        "inactive-accounts-enter",
        "identity",
        "Single sign-on opens accounts that are switched off.",
        setting(inactive_account="accept"),
    ),
    Weakness(
        "locked-accounts-enter",
        "identity",
        "Single sign-on opens accounts that wrong passwords have locked.",
        setting(locked_account="accept"),
    ),
    *(
        Weakness(f"email-{name}", "identity", summary, setting(email_comparison=comparison))
        for name, comparison, summary in (
            ("trimmed", "trimmed", "Blanks and invisible characters around or in an e-mail are ignored."),
            ("normalised", "normalised", "An e-mail is compared in Unicode's compatibility form."),
            (
                "folded-by-unicode",
                "unicode-case",
                "An e-mail is folded in ways that make other letters equal.",
            ),
            (
                "compared-in-upper-case",
                "upper-case",
                "An e-mail is compared in upper case (ı and i are one).",
            ),
            ("transliterated", "transliterated", "Letters that look like Latin ones count as those."),
            (
                "domain-by-idna",
                "domain-by-idna",
                "The domain is mapped by IDNA and decoded, whether or not it encodes to the same again.",
            ),
            ("tag-ignored", "without-tag", "What stands behind a plus sign of an e-mail is ignored."),
            ("dots-ignored", "without-dots", "Dots in the first part of an e-mail are ignored."),
            ("sip-scheme-ignored", "without-scheme", "A SIP address is compared as the e-mail behind sip:."),
        )
    ),
    Weakness(
        "saml-subject-not-needed",
        "identity",
        "An assertion without a Subject, or with an empty NameID, is read for its attributes.",
        without("saml_checks", "confirmation", "name-id-present"),
    ),
    Weakness(
        "pages-not-escaped",
        "session",
        "What a message brought is put into pages as markup: its scripts become the platform's.",
        setting(received_text="markup"),
    ),
    Weakness(
        "pages-are-templates",
        "session",
        "What a message brought is rendered as a template: it computes on the server.",
        setting(received_text="template"),
    ),
    Weakness(
        "email-empty-looked-up",
        "identity",
        "An empty e-mail finds the first account that has none.",
        setting(missing_email="look-up-nothing"),
    ),
    Weakness(
        "email-last-of-several",
        "identity",
        "Of several e-mail addresses in one message the last one is taken.",
        setting(several_emails="last"),
    ),
    Weakness(
        "email-or-name-id",
        "identity",
        "An e-mail that no account has is followed by a try with the NameID or sub.",
        setting(name_id_may_stand_in="unknown-email"),
    ),
    Weakness(
        "name-id-before-email",
        "identity",
        "The NameID is taken for the e-mail, whatever the e-mail attribute says.",
        setting(name_id_may_stand_in="always"),
    ),
    Weakness(
        "ambiguous-email-takes-first",
        "identity",
        "Of several accounts with the e-mail the first one opens.",
        setting(ambiguous_email="first"),
    ),
    Weakness(
        "duplicate-email-saved",
        "identity",
        "A second account may be saved with an e-mail that another one of its kind has.",
        setting(duplicate_email="allow"),
    ),
    Weakness(
        "account-found-by-old-link",
        "identity",
        "Who logged in once is found by NameID or sub afterwards, whatever the e-mail says.",
        setting(accounts_found_by="remembered-subject"),
    ),
    Weakness(
        "role-taken-from-assertion",
        "identity",
        "A role or group that the identity provider names becomes the user's role.",
        setting(role_from_assertion=True),
    ),
    Weakness(
        "refusal-hides-received-email",
        "identity",
        "The page about an unknown e-mail does not say which one arrived.",
        setting(refusal_names_email=False),
    ),
    Weakness(
        "saml-surfaces-not-apart",
        "recipient",
        "An answer that was made for one surface's address is taken at the other one's.",
        without("saml_checks", "own-surface"),
    ),
    Weakness(
        "account-created-on-first-login",
        "provisioning",
        "An e-mail that no account has gets a new account.",
        setting(unknown_email="create-account"),
    ),
    # surface
    Weakness(
        "agent-acs-admits-users",
        "surface",
        "A login at the agent address opens the session of a user with that e-mail.",
        setting(agent_surface_admits_users=True),
    ),
    Weakness(
        "user-acs-admits-agents",
        "surface",
        "A login at the user address opens the session of an agent with that e-mail.",
        setting(user_surface_admits_agents=True),
    ),
    Weakness(
        "oidc-surfaces-not-apart",
        "recipient",
        "An OIDC login that was started at one surface is finished at the other one's callback.",
        setting(oidc_surfaces_apart=False),
    ),
)
