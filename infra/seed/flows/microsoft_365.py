"""Microsoft 365: sign-in and licences."""

# One answer to a line reads as the table it is.

from uuid import UUID

from domain.flows import Flow
from infra.seed.flows.build import answer, ask, powershell, run, solve

FLOW = Flow(
    id=UUID("5f1c1f0e-6f0a-4c69-9d0b-3a5a0e7c1a01"),
    title="Microsoft 365 sign-in and licence problems",
    description="A user cannot sign in to Microsoft 365, Outlook keeps asking for the password, or Office apps report"
    " that the product is deactivated or unlicensed.",
    tags=[
        "microsoft 365", "office 365", "m365", "entra", "azure ad", "sign-in", "signin", "login", "mfa",
        "authenticator", "licence", "license", "licensing", "outlook", "mailbox", "teams", "password prompt",
        "product deactivated", "conditional access",
    ],
    category="Microsoft 365",
    root_node_id="how-many",
    nodes=[
        ask(
            "how-many", "Scope", "Is only this user affected, or other users too?",
            answer("One user", "symptom", "only one", "just one", "just her", "just him", "single user", "only me",
                   fact="Only one user is affected.", means="rules out a tenant-wide outage"),
            answer("Several users", "service-health", "everyone", "all users", "whole office", "more than one",
                   "multiple", "two users", "everybody", "other people", "two other", "others too", "same thing",
                   fact="Several users are affected.", means="points away from one account"),
            hint="Ask the contact whether colleagues in the same team can sign in right now.",
        ),
        run(
            "service-health", "Read the Microsoft 365 service health",
            "In the Microsoft 365 admin centre open Health > Service health, or ask Graph for open issues.",
            powershell(
                "Connect-MgGraph -Scopes ServiceHealth.Read.All\n"
                "Get-MgServiceAnnouncementIssue -Filter \"isResolved eq false\" | "
                "Select-Object Service, Title, StartDateTime"
            ),
            expect="An open issue for Exchange Online, Teams or Microsoft Entra, or an empty list.",
            then="incident-open",
        ),
        ask(
            "incident-open", "Service incident", "Does Microsoft report an open incident for the affected service?",
            answer("Yes, an incident is open", "wait-for-microsoft", "incident", "outage", "degraded",
                   fact="Microsoft reported an open incident for the affected service.",
                   means="points to an outage at Microsoft"),
            answer("No incident", "group-licence", "healthy", "no issues", "empty list", "nothing open",
                   fact="Microsoft reported no open incident for the affected service.",
                   means="rules out an outage at Microsoft"),
        ),
        ask(
            "group-licence", "Group licensing", "Do the affected users get their licences from the same group?",
            answer("Yes, the same group", "licence-state", "group licensing", "group based", "same group",
                   fact="The affected users got their licences from the same group.",
                   means="points to group licensing"),
            answer("No, or licences are assigned directly", "symptom", "direct", "directly", "different groups",
                   fact="The affected users did not share a licensing group.",
                   means="rules out group licensing"),
        ),
        ask(
            "symptom", "Symptom", "What does the user see?",
            answer("Password or MFA prompt that never ends", "account-state", "password", "mfa", "authenticator",
                   "prompt", "code", "verification", "need password",
                   fact="The user was asked for the password or for MFA again and again.",
                   means="points to sign-in, not licence"),
            answer("Product deactivated, unlicensed or no mailbox", "licence-state", "deactivated", "unlicensed",
                   "licence", "license", "no mailbox", "read only", "subscription",
                   fact="Office reported a missing licence or mailbox.", means="points to the licence"),
            answer("Message that access is blocked by policy", "sign-in-log", "blocked", "conditional access",
                   "policy", "compliant", "53003", "53000", "not allowed",
                   fact="Sign-in was blocked by a policy message.", means="points to conditional access"),
            hint="Ask for a screenshot of the message and for the error code at its bottom (AADSTS…).",
        ),
        run(
            "licence-state", "Read the user's licences and their errors",
            "An empty list means that the licence was removed; an error on the group assignment means that there are"
            " no free licences or that two plans conflict.",
            powershell(
                "Get-MgUserLicenseDetail -UserId <user> | Select-Object SkuPartNumber, ServicePlans",
                "assigned licences",
            ),
            powershell(
                "(Get-MgUser -UserId <user> -Property licenseAssignmentStates).LicenseAssignmentStates | "
                "Select-Object AssignedByGroup, State, Error",
                "assignment errors",
            ),
            expect="The expected plan with State Active.",
            then="licence-result",
        ),
        ask(
            "licence-result", "Licence result", "What do the licences show?",
            answer("No licence is assigned", "moved-group", "no licence", "no license", "none", "empty", "missing",
                   fact="No Microsoft 365 licence was assigned to the user.", means="rules in the licence"),
            answer("Assigned, but with an error", "assign-free-licence", "error", "countviolation", "conflict",
                   "mutually exclusive", "no free", "not enough",
                   fact="The licence assignment of the user was in an error state.",
                   means="rules in the licence assignment"),
            answer("The licence is active", "reset-office-activation", "active", "assigned and active", "licensed",
                   fact="The user had an active Microsoft 365 licence.", means="rules out the licence"),
        ),
        ask(
            "moved-group", "Recent move", "Did the user change department or group lately?",
            answer("Yes", "restore-group-licence", "moved", "transferred", "new department", "joiner mover",
                   fact="The user was moved to another department or group shortly before.",
                   means="explains the removed licence"),
            answer("No", "assign-free-licence", "not moved", "no change",
                   fact="The user was not moved to another department or group.",
                   means="rules out a group move"),
        ),
        run(
            "account-state", "Read the account and its sign-in log",
            "Look at AccountEnabled first, then at the last failed sign-ins with their error codes.",
            powershell(
                "Get-MgUser -UserId <user> -Property accountEnabled,onPremisesSyncEnabled,lastPasswordChangeDateTime"
                " | Format-List AccountEnabled, OnPremisesSyncEnabled, LastPasswordChangeDateTime",
                "account",
            ),
            powershell(
                "Get-MgAuditLogSignIn -Filter \"userPrincipalName eq '<user>'\" -Top 10 | "
                "Select-Object CreatedDateTime, AppDisplayName, ClientAppUsed, "
                "@{n='Error';e={$_.Status.ErrorCode}}, @{n='Reason';e={$_.Status.FailureReason}}",
                "last sign-ins",
            ),
            expect="AccountEnabled True and error code 0 on the latest sign-ins.",
            then="sign-in-result",
        ),
        ask(
            "sign-in-result", "Sign-in result", "What do the account and the sign-in log show?",
            answer("The account is disabled or blocked", "unblock-account", "disabled", "blocked", "accountenabled "
                   "false", "50057",
                   fact="The account was blocked for sign-in.", means="rules in a blocked account"),
            answer("MFA fails or the phone is new", "reset-mfa", "mfa", "new phone", "lost phone", "authenticator",
                   "50074", "50076", "500121",
                   fact="Sign-in failed at multi-factor authentication.", means="rules in the MFA registration"),
            answer("Blocked by conditional access", "sign-in-log", "conditional access", "53003", "53000", "policy",
                   fact="Sign-in failed because of a conditional access policy.",
                   means="rules in conditional access"),
            answer("Sign-ins succeed, only the app keeps asking", "clear-credentials", "succeed", "success",
                   "error code 0", "browser works", "webmail works", "only outlook",
                   fact="Sign-in succeeded in the log while the app kept asking.",
                   means="points to cached credentials"),
        ),
        run(
            "sign-in-log", "Find the policy that blocked the sign-in",
            "Open the failed sign-in in the Microsoft Entra admin centre, tab Conditional Access, and note the policy"
            " with the result Failure and the condition that was not met (device, location, client app).",
            expect="One policy with the result Failure.",
            then="policy-cause",
        ),
        ask(
            "policy-cause", "Policy cause", "Which condition of the policy was not met?",
            answer("The device is not compliant or not joined", "repair-device-registration", "device", "compliant",
                   "not joined", "hybrid", "registered",
                   fact="The policy asked for a compliant or joined device and the device was not.",
                   means="rules in the device registration"),
            answer("Location or client app", "adjust-policy", "location", "country", "legacy", "client app",
                   "travel", "ip address",
                   fact="The policy blocked the location or the client app.",
                   means="rules in the policy's conditions"),
        ),
        solve(
            "wait-for-microsoft", "Follow the Microsoft incident and tell the users",
            "The cause is at Microsoft; nothing has to be changed at the client.",
            "Note the incident id from the service health page on the ticket.",
            "Offer the workaround that Microsoft names, for instance the web app.",
            "Check the service health again until the incident is closed, then let a user confirm.",
            confidence=75, otherwise="group-licence",
        ),
        solve(
            "restore-group-licence", "Put the user back into the licensing group",
            "The move took the user out of the group that carries the licence. The mailbox is kept for 30 days and"
            " comes back with the licence.",
            "Add the user to the licensing group of the new department, or add the licence to that group.",
            "Wait until the assignment state is Active.",
            "Let the user sign out of Office and in again, and test that mail arrives.",
            confidence=88, otherwise="assign-free-licence",
        ),
        solve(
            "assign-free-licence", "Free or buy a licence and assign it",
            "The tenant has no free licence of the plan, or two plans conflict.",
            "Compare consumed and enabled units of the plan (Get-MgSubscribedSku).",
            "Remove the licence from a leaver's account or order one more; remove the conflicting plan.",
            "Assign the licence, or reprocess the group, and wait for the state Active.",
            confidence=78, otherwise="reset-office-activation",
        ),
        solve(
            "reset-office-activation", "Reset the Office activation on the computer",
            "The licence is fine; the computer holds an old activation.",
            "Close all Office apps.",
            "Remove stale licences: cscript \"C:\\Program Files\\Microsoft Office\\Office16\\OSPP.VBS\" /dstatus, then"
            " /unpkey for each old key; delete %localappdata%\\Microsoft\\Office\\16.0\\Licensing.",
            "Start Word, sign in with the work account and check File > Account.",
            confidence=65, otherwise="clear-credentials",
        ),
        solve(
            "unblock-account", "Allow sign-in for the account again",
            "The account is blocked. Make sure first that nobody blocked it on purpose (leaver, security incident).",
            "Ask the client's approver why the account was blocked.",
            "If it is synchronised, enable it in Active Directory and start a delta sync; else unblock it in Entra.",
            "Revoke old sessions and let the user sign in.",
            confidence=85, otherwise="clear-credentials",
        ),
        solve(
            "reset-mfa", "Register multi-factor authentication again",
            "The registered method is not usable any more.",
            "Verify the user's identity by a call back to a known number.",
            "Remove the old methods, require re-registration and issue a Temporary Access Pass.",
            "Let the user register the new phone and sign in once in the browser.",
            confidence=84, otherwise="clear-credentials",
        ),
        solve(
            "clear-credentials", "Clear cached credentials and tokens on the computer",
            "Old tokens on the computer keep the app asking although sign-in itself works.",
            "Remove MicrosoftOffice16_Data entries from the Credential Manager.",
            "Disconnect and reconnect the work account in Settings > Accounts > Access work or school.",
            "Check with dsregcmd /status that AzureAdPrt is YES, then start Outlook again.",
            confidence=68, otherwise="repair-device-registration",
        ),
        solve(
            "repair-device-registration", "Repair the registration of the device",
            "The device's identity in Entra is broken or missing.",
            "Look at dsregcmd /status: AzureAdJoined, DeviceAuthStatus, AzureAdPrt.",
            "Run dsregcmd /leave as administrator, restart, and join again (or wait for the hybrid join task).",
            "Sync the device in the Company Portal until it is compliant and sign in again.",
            confidence=66,
        ),
        solve(
            "adjust-policy", "Adjust the conditional access policy with the client's approval",
            "The policy does what it says, and the user's situation is not covered. Only the client may approve an"
            " exception.",
            "Describe the blocked location or app to the client's approver and ask for the decision in writing.",
            "Add the narrowest exclusion that is needed, with an end date.",
            "Let the user sign in and check the policy result in the log.",
            confidence=62,
        ),
    ],
)  # fmt: skip
