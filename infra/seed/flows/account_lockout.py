"""Active Directory account lockouts."""

# One answer to a line reads as the table it is.
# ruff: noqa: E501

from uuid import UUID

from domain.flows import Flow
from infra.seed.flows.build import answer, ask, powershell, run, solve

FLOW = Flow(
    id=UUID("5f1c1f0e-6f0a-4c69-9d0b-3a5a0e7c1a06"),
    title="Account lockout: user locked out again and again",
    description="An Active Directory account is locked, once or again and again, often after a password change.",
    tags=[
        "account lockout", "lockout", "locked out", "locked account", "account locked", "active directory", "ad",
        "password change", "bad password", "unlock", "4740", "domain account", "windows logon",
    ],
    category="Identity",
    root_node_id="account-state",
    nodes=[
        run(
            "account-state", "Read the state of the account",
            "LockedOut and BadLogonCount differ by domain controller; the PDC emulator knows most.",
            powershell(
                "$pdc = (Get-ADDomain).PDCEmulator\n"
                "Get-ADUser <user> -Server $pdc -Properties LockedOut, Enabled, PasswordExpired, PasswordLastSet, "
                "AccountExpirationDate, BadLogonCount, LastBadPasswordAttempt | Format-List"
            ),
            expect="LockedOut False, Enabled True, PasswordExpired False.",
            then="state-result",
        ),
        ask(
            "state-result", "Account state", "What is the state of the account?",
            answer("Locked out", "how-often", "lockedout true", "locked", "lockedout : true",
                   fact="The account was locked out.", means="rules in a lockout"),
            answer("Password expired", "new-password", "expired", "passwordexpired true",
                   fact="The password of the account had expired.", means="rules out a lockout"),
            answer("Disabled or expired account", "enable-account", "disabled", "enabled false", "account expired",
                   fact="The account was disabled or had expired.", means="rules out a lockout"),
            answer("Nothing unusual", "wrong-account", "normal", "fine", "all normal", "not locked", "unlocked",
                   fact="The account was neither locked, expired nor disabled.",
                   means="points to how the user signs in"),
        ),
        ask(
            "how-often", "Frequency", "Is it the first lockout, or does it come back?",
            answer("The first one", "unlock-account", "first time", "once", "first", "only once",
                   fact="The account was locked for the first time.", means="points to mistyped passwords"),
            answer("It comes back", "lockout-source", "again", "every day", "keeps", "repeatedly", "every morning",
                   "back after", "recurring", "half an hour",
                   fact="The account was locked again and again.", means="points to a stored old password"),
        ),
        run(
            "lockout-source", "Find the computer that locks the account",
            "Event 4740 on the PDC emulator names the caller computer; 4625 and 4776 on that computer or server name"
            " the process. An empty or foreign name points to RADIUS, a gateway or the mail service.",
            powershell(
                "$pdc = (Get-ADDomain).PDCEmulator\n"
                "Get-WinEvent -ComputerName $pdc -FilterHashtable @{ LogName = 'Security'; Id = 4740 } -MaxEvents 200 | "
                "Where-Object { $_.Properties[0].Value -eq '<user>' } | "
                "Select-Object TimeCreated, @{ n = 'Caller'; e = { $_.Properties[1].Value } }",
                "lockout events",
            ),
            powershell(
                "Get-WinEvent -ComputerName <caller> -FilterHashtable @{ LogName = 'Security'; Id = 4625 } "
                "-MaxEvents 50 | Select-Object TimeCreated, Message",
                "failed logons on the caller",
            ),
            expect="One caller computer that repeats.",
            then="source-kind",
        ),
        ask(
            "source-kind", "Source", "Which kind of machine is the caller?",
            answer("The user's own computer", "stored-credentials", "own computer", "his pc", "her pc", "laptop",
                   "own pc", "workstation",
                   fact="The lockouts came from the user's own computer.", means="points to stored credentials"),
            answer("Another computer or a server", "sessions-elsewhere", "server", "terminal server", "rds",
                   "another pc", "other computer", "file server",
                   fact="The lockouts came from another computer or a server.",
                   means="points to an old session or service"),
            answer("RADIUS, Wi-Fi or VPN server", "update-wifi", "nps", "radius", "wifi", "wi-fi", "vpn", "wireless",
                   fact="The lockouts came through the RADIUS, Wi-Fi or VPN server.",
                   means="points to a device's saved password"),
            answer("Mail or web server", "update-mobile-mail", "exchange", "mail", "owa", "activesync", "adfs", "iis",
                   "proxy", "phone",
                   fact="The lockouts came through the mail or web server.", means="points to a mobile device"),
            answer("Unknown name or the internet", "block-attack", "unknown", "foreign", "internet", "empty",
                   "workstation", "spray", "attack",
                   fact="The lockouts came from an unknown machine.", means="points to password guessing"),
            hint="The name is in the Caller column of the event list.",
        ),
        run(
            "stored-credentials", "List what stores a password on the computer",
            "Run it as the user: saved credentials, mapped drives, scheduled tasks and services.",
            powershell("cmdkey /list\nnet use", "saved credentials and drives"),
            powershell(
                "Get-ScheduledTask | Where-Object { $_.Principal.UserId -like '*<user>*' } | "
                "Select-Object TaskName, State\n"
                "Get-CimInstance Win32_Service | Where-Object StartName -like '*<user>*' | "
                "Select-Object Name, StartName, State",
                "tasks and services",
            ),
            expect="No entry that uses the account with an old password.",
            then="stored-result",
        ),
        ask(
            "stored-result", "Stored passwords", "What uses the account with a stored password?",
            answer("Saved credentials or a mapped drive", "remove-stored", "cmdkey", "credential", "mapped drive",
                   "net use", "saved", "drive",
                   fact="A stored credential or mapped drive used the old password.",
                   means="rules in stored credentials"),
            answer("A scheduled task or service", "update-service", "task", "service", "scheduled",
                   fact="A scheduled task or service used the old password.", means="rules in task or service"),
            answer("Nothing found", "rebuild-profile-check", "nothing", "none", "empty",
                   fact="No stored password was found on the computer.", means="rules out stored credentials"),
        ),
        ask(
            "sessions-elsewhere", "Session", "Does the user have a disconnected session on that machine?",
            answer("Yes", "log-off-session", "disconnected", "disc", "old session",
                   fact="The user had a disconnected session on the calling machine.",
                   means="rules in an old session"),
            answer("No", "update-service", "no session", "none",
                   fact="The user had no session on the calling machine.", means="points to a task or service"),
            hint="On that machine: quser, or query session /server:<name>.",
        ),
        solve("unlock-account", "Unlock the account and let the user sign in",
              "A few mistyped passwords locked it.",
              "Verify the user's identity.", "Unlock-ADAccount <user>, and set a new password if it was forgotten.",
              "Let the user sign in while you watch BadLogonCount.", confidence=82, script="unlock-ad-account",
              otherwise="lockout-source"),
        solve("new-password", "Let the user set a new password",
              "The password has expired.",
              "Verify the user's identity.",
              "Set a temporary password with change at next logon, or let the user change it on the sign-in page.",
              "Remind the user of phone, Wi-Fi and saved passwords.", confidence=92, otherwise="lockout-source"),
        solve("enable-account", "Enable the account with the client's approval",
              "Someone or a date disabled the account.",
              "Ask the client's approver whether it may be enabled.",
              "Enable-ADAccount <user> or move the expiry date.", "Let the user sign in.", confidence=88),
        solve("wrong-account", "Let the user sign in with the right name and domain",
              "The account is fine, so something else is used at sign-in.",
              "Compare the typed name and domain with the account; check keyboard layout and Caps Lock.",
              "Check the computer's time and its trust: Test-ComputerSecureChannel.",
              "Let the user sign in while you watch the logon events.", confidence=60,
              otherwise="lockout-source"),
        solve("remove-stored", "Remove the stored old password",
              "Windows or a mapped drive keeps using the old password.",
              "cmdkey /delete:<target> for each entry; net use <drive> /delete, then map it again.",
              "Unlock the account and let the user sign out and in.",
              "Watch for event 4740 for the time in which it used to come back.", confidence=90,
              script="unlock-ad-account", otherwise="rebuild-profile-check"),
        solve("update-service", "Move the task or service to a service account",
              "A person's account must not run services.",
              "Find it: services, scheduled tasks, application pools with the user's name.",
              "Give it a managed service account, or the new password for now.",
              "Unlock the account and watch for event 4740.", confidence=83, script="unlock-ad-account"),
        solve("log-off-session", "Log the old session off",
              "A disconnected session renews its tickets with the old password.",
              "Ask the user whether anything unsaved is open there.",
              "logoff <id> /server:<name>, and set a limit for disconnected sessions by policy.",
              "Unlock the account and watch for event 4740.", confidence=87, script="unlock-ad-account",
              otherwise="update-service"),
        solve("update-wifi", "Renew the password in the saved Wi-Fi or VPN profile",
              "A phone or laptop joins with the old password as soon as it is in range.",
              "Find the device's address in the RADIUS log (event 6273, calling station).",
              "Forget the network on that device and join with the new password, or move to certificates.",
              "Unlock the account and watch a morning.", confidence=89, script="unlock-ad-account",
              otherwise="update-mobile-mail"),
        solve("update-mobile-mail", "Renew the password in the mobile mail app",
              "A phone or tablet fetches mail with the old password.",
              "List the devices: Get-MobileDeviceStatistics -Mailbox <user>.",
              "Remove the account on devices that are not used, enter the new password on the others.",
              "Unlock the account and watch for event 4740.", confidence=86, script="unlock-ad-account",
              otherwise="block-attack"),
        solve("block-attack", "Stop the password guessing",
              "Someone tries passwords from outside. Treat it as a security event.",
              "Find the source address in the gateway's or federation server's log and block it.",
              "Close what is exposed (RDP, legacy authentication), require MFA, look for other accounts.",
              "Unlock the account, set a new password, and inform the security contact.", confidence=72),
        solve("rebuild-profile-check", "Sign in on a clean computer for a day",
              "Nothing stored was found, so find out whether the computer or another device does it.",
              "Let the user work on another computer with the usual one switched off.",
              "If lockouts stop, reinstall the profile or the computer; if not, look at phones and servers again.",
              "Watch for event 4740 meanwhile.", confidence=55, otherwise="update-mobile-mail"),
    ],
)  # fmt: skip
