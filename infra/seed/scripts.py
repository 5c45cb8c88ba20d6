"""The script templates of the demo tenant."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from domain.vocabulary import ScriptLanguage


class ScriptTemplateSeed(BaseModel):
    """A template as it is seeded.

    `parameters_schema` is {"parameters": [{key, label, type, required, placeholder?, options?, default?}]};
    every key is used in `script_body` as `{{ key }}` and nothing else is.
    """

    model_config = ConfigDict(frozen=True)

    slug: str
    name: str
    category: str
    language: ScriptLanguage
    description: str
    script_body: str
    parameters_schema: dict[str, Any]


UNLOCK_ACCOUNT = ScriptTemplateSeed(
    slug="unlock-ad-account",
    name="Unlock an Active Directory account",
    category="Identity",
    language=ScriptLanguage.POWERSHELL,
    description="Unlocks the account on the PDC emulator and on the nearest domain controller, and shows the"
    " last lockouts with the computer that caused them.",
    script_body="""\
#Requires -Modules ActiveDirectory
$ErrorActionPreference = 'Stop'

$identity = {{ username }}
$pdc = (Get-ADDomain).PDCEmulator

$before = Get-ADUser -Identity $identity -Server $pdc -Properties LockedOut, BadLogonCount
Write-Output "Locked before: $($before.LockedOut), bad passwords: $($before.BadLogonCount)"

Unlock-ADAccount -Identity $identity -Server $pdc
Unlock-ADAccount -Identity $identity

$since = (Get-Date).AddHours(-{{ hours }})
$filter = @{ LogName = 'Security'; Id = 4740; StartTime = $since }
Get-WinEvent -ComputerName $pdc -FilterHashtable $filter -ErrorAction SilentlyContinue |
    Where-Object { $_.Properties[0].Value -eq $before.SamAccountName } |
    Select-Object TimeCreated, @{ Name = 'Caller'; Expression = { $_.Properties[1].Value } }

$after = Get-ADUser -Identity $identity -Server $pdc -Properties LockedOut
Write-Output "Locked now: $($after.LockedOut)"
""",
    parameters_schema={
        "parameters": [
            {
                "key": "username",
                "label": "User name",
                "type": "text",
                "required": True,
                "placeholder": "first.last",
            },
            {
                "key": "hours",
                "label": "Hours of lockout events to show",
                "type": "number",
                "required": True,
                "default": 24,
            },
        ]
    },
)

REMOVE_OLD_FILES = ScriptTemplateSeed(
    slug="remove-old-files",
    name="Remove files older than a number of days",
    category="Servers and storage",
    language=ScriptLanguage.POWERSHELL,
    description="Deletes files of one pattern that were not written to for a number of days, and reports how"
    " much space it freed. With the trial run on it only reports.",
    script_body="""\
$ErrorActionPreference = 'Stop'

$folder = {{ folder }}
$pattern = {{ pattern }}
$trialRun = {{ trial_run }}
$limit = (Get-Date).AddDays(-{{ days }})

if (-not (Test-Path -LiteralPath $folder -PathType Container)) {
    throw "The folder $folder does not exist."
}

$files = Get-ChildItem -LiteralPath $folder -Filter $pattern -File -Recurse |
    Where-Object { $_.LastWriteTime -lt $limit }
$bytes = ($files | Measure-Object -Property Length -Sum).Sum

if ($trialRun) {
    Write-Output ("Would remove {0} files, {1:N2} GB." -f @($files).Count, ($bytes / 1GB))
} else {
    $files | Remove-Item -Force
    Write-Output ("Removed {0} files, {1:N2} GB." -f @($files).Count, ($bytes / 1GB))
}
""",
    parameters_schema={
        "parameters": [
            {
                "key": "folder",
                "label": "Folder",
                "type": "text",
                "required": True,
                "placeholder": "C:\\inetpub\\logs",
            },
            {"key": "pattern", "label": "File pattern", "type": "text", "required": True, "default": "*.log"},
            {"key": "days", "label": "Older than (days)", "type": "number", "required": True, "default": 30},
            {"key": "trial_run", "label": "Trial run", "type": "boolean", "required": True, "default": True},
        ]
    },
)

SCRIPT_TEMPLATES: tuple[ScriptTemplateSeed, ...] = (UNLOCK_ACCOUNT, REMOVE_OLD_FILES)
