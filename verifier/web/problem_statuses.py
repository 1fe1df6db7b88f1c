"""The HTTP status of each problem code."""

from __future__ import annotations

from collections.abc import Mapping

_BY_STATUS = {
    400: """
        bad-instant parameter-unknown bad-option bad-filing bad-request file-missing form-expired
        token-refused choice-unknown count-missing count-unused count-wrong country-missing date-unclear
        instant-missing instant-unclear calendar-out-of-range time-without-zone time-wrong
        times-out-of-order extension-not-allowed form-audience-unknown filing-channel-unknown
        signer-question mark-field-unknown
        callback-malformed
    """,
    401: """
        not-signed-in sign-in-failed token-invalid identity-not-proved identity-refused session-over
        callback-signature callback-stale
    """,
    403: """
        identity-unknown not-allowed step-up-failed step-up-needed no-signing-grant
        callback-not-ours
    """,
    404: """
        not-found page-not-found scheme-unknown book-unknown calendar-unknown deadline-unknown
        deadline-not-in-force fee-unknown fee-not-in-force form-unknown form-not-in-force ground-unknown
        ground-not-in-force list-unknown procedure-unknown procedure-not-in-force tariff-unknown
        term-unknown term-not-in-force branch-not-held check-unknown upload-unknown earlier-unknown paper-unknown
        confirmation-unknown act-unknown wording-unknown link-over desk-unknown
        lookup-closed
        payment-order-unknown payment-unknown refund-unknown
    """,
    405: """
        method-not-allowed
    """,
    409: """
        appointment-held appointment-over closure-over desk-booked desk-number-taken not-over-yet slot-taken slots-free
        no-second-factor changed-meanwhile login-taken account-closed key-ended last-administrator
        own-account role-held roles-exclude already-decided own-proposal proposer-gone identity-taken
        list-older list-number-reused list-issued-earlier scheme-unclear scheme-branch-fixed
        anchor-known authority-twice name-taken specimens-overlap e-apostille-off no-mandate
        mandate-over digest-mismatch pin-wrong key-mismatch certificate-expired certificate-revoked
        certificate-not-trusted certificate-not-public-service certificate-restricted wrong-state
        pin-locked signer-refused key-missing key-weak algorithm-unfit pkcs12-refused secret-open
        password-wrong grant-overlaps own-grant would-not-last own-judge-refused idempotency-key-reused
        not-competent already-confirmed already-released in-hand not-released not-in-force book-closed
        layout-changed mark-covers cancelled-by-officer batch-full batch-empty batch-differs
        batch-not-running batch-not-stopped no-layout certificate-not-yet-valid certificate-weak
        archived-already archive-too-early keeping-by-law package-unsealed handed-over-already package-outdated
        not-archived keeping-undecided kept-longer not-handed-over removal-not-proposed case-not-ended
        package-file-broken
        case-not-now case-elsewhere external-known already-assigned to-be-forwarded forwards-nowhere
        not-assigned assigned-to-nobody
        already-sent own-draft not-sent already-answered clock-not-started apology-once already-warned
        document-changed verdict-missing document-missing basis-not-carried basis-missing answer-missing
        supplement-running not-accepted-yet changed-since-proposed signing-begun signing-goes-on signed-on-paper
        signed-electronically nothing-granted
        second-supplement supplement-once give-back-too-early longer-not-offered fee-open
        authority-without-calendar
        sheet-handed-over sheet-not-out not-replaceable applicant-erred
        delivery-under-way uploads-unused form-sent-before
        mail-off
        entry-waits book-year-not-over book-waits book-open closing-ordered volume-empty
        earlier-elsewhere earlier-other-procedure earlier-other-applicant earlier-not-given-back earlier-unpaid
        earlier-refund earlier-used fee-used-again
        fee-not-due payment-known payment-contradicts fee-unchanged fee-paid fee-abroad fee-not-abroad
        refund-not-allowed refund-not-approved
    """,
    410: """
        invitation-over record-removed
    """,
    412: """
        precondition-failed
    """,
    413: """
        budget-exhausted too-large body-too-large list-too-large
    """,
    415: """
        unsupported-media-type json-expected csv-expected
    """,
    422: """
        slot-unknown earlier-not-carried
        code-wrong empty-file nothing-changed bad-zone bad-states nothing-chosen trust-file-missing
        list-entry-broken text-unclear text-missing fact-unknown register-code-wrong fact-wrong
        form-value-unknown form-value-wrong form-too-long form-unprintable paper-unclear objection-wrong
        competence-outside competence-overlaps competence-without-law file-unreadable key-unusable
        not-a-pdf pdf-encrypted pdf-truncated pdf-unreadable policy-unreadable bad-date email-unclear
        reason-missing role-unknown scope-unknown login-unclear name-unclear password-known
        password-too-long password-too-short encoding-not-utf8 html-instead-of-list xml-doctype
        xml-too-complex xml-truncated xml-broken xml-not-canonical not-a-list scheme-information-missing
        list-expected list-of-lists-expected type-missing version-missing version-unknown
        element-repeated critical-scheme-extension operator-certificate-missing signature-missing
        several-signatures list-signature-broken signer-not-pinned signature-weak signer-not-valid-then
        territory-missing territory-other sequence-missing sequence-unclear issued-missing
        issued-unclear issued-in-future next-update-missing next-update-unclear next-update-before-issue
        next-update-passed list-empty pivot-broken pin-missing scheme-of-list trust-store-plain
        operation-unclear anchor-unknown anchor-of-list authority-unknown authority-of-list
        certificate-unreadable id-unclear territory-unclear address-unclear list-not-fetched
        fingerprint-differs branch-missing branch-unknown channel-unknown country-unknown
        document-malformed id-malformed kind-unknown name-missing name-twice notification-missing
        oid-malformed period-reversed rule-empty seat-missing sha256-malformed specimen-missing
        specimen-twice table-malformed territory-unknown mark-field-missing mark-choice-unknown
        mark-too-long mark-unprintable qr-too-long mark-picture-bad mark-picture-size certificate-unfit
        nothing-signed attributes-unclear key-not-held person-not-leader role-mismatch
        until-after-certificate picture-too-large picture-unreadable picture-opaque picture-width
        broken-signature no-signature basis-needed kind-differs ground-missing decision-missing
        not-extendable field-name-taken field-too-small too-many-pages no-room off-page page-missing
        page-too-small text-unprintable field-missing field-wrong field-unknown field-twice channel-not-offered
        delivery-not-offered delivery-to-account delivery-on-paper delivery-of-files
        receiver-missing work-not-offered individuals-only contact-missing component-unknown
        papers-not-all facts-missing refusal-ground-missing particular-missing basis-not-needed not-judged-here
        paper-file-missing case-incomplete items-missing supplement-empty not-a-specialist stop-not-asked
        asked-not-offered procedure-not-offered
        year-wrong citation-missing column-unknown column-wrong correction-same book-not-printable
        month-wrong month-empty period-wrong period-too-large
        amount-differs exemption-unknown refund-too-much statement-unclear day-not-over
        replacement-empty
    """,
    428: """
        precondition-required
    """,
    429: """
        rate-limited sign-in-locked
    """,
    500: """
        check-code-lost cms-too-large internal-error sealed-data-broken
    """,
    501: """
        issuing-off
        no-online-payment
    """,
    503: """
        no-time-stamp status-unknown status-not-yet clock-off signer-absent signer-busy key-unavailable
        token-absent certificate-status-unknown signer-fault no-sheet audit-being-checked busy crossed
        identity-provider-down archive-unwritable material-broken material-unknown snapshot-broken
        snapshot-unknown trust-certificate-broken trust-store-empty trust-store-missing
        trust-store-unreadable unavailable
        payment-platform-down
    """,
}
STATUSES: Mapping[str, int] = {code: status for status, codes in _BY_STATUS.items() for code in codes.split()}
"""HTTP status by code, one of each; words of each stand in `problem_texts.toml`."""
