"""Disk full on a server or a computer."""

# One answer to a line reads as the table it is.
# ruff: noqa: E501

from uuid import UUID

from domain.flows import Flow
from infra.seed.flows.build import answer, ask, powershell, run, solve

FLOW = Flow(
    id=UUID("5f1c1f0e-6f0a-4c69-9d0b-3a5a0e7c1a04"),
    title="Disk full or low disk space",
    description="Monitoring reports low free space, or programs fail because the disk or volume is full.",
    tags=[
        "disk", "disk full", "disk space", "free space", "low disk", "storage", "volume", "drive", "c drive", "log files",
        "not enough space", "no space left", "winsxs", "cleanup",
    ],
    category="Servers and storage",
    root_node_id="read-volumes",
    nodes=[
        run(
            "read-volumes", "Read the free space of all volumes",
            "Note the size and the free space of the affected volume before anything is deleted.",
            powershell(
                "Get-Volume | Where-Object DriveLetter | Select-Object DriveLetter, FileSystemLabel, "
                "@{n='SizeGB';e={[math]::Round($_.Size/1GB,1)}}, @{n='FreeGB';e={[math]::Round($_.SizeRemaining/1GB,1)}}"
            ),
            expect="At least 10 % free on every volume.",
            then="which-volume",
        ),
        ask(
            "which-volume", "Volume", "Which volume is full?",
            answer("The system volume C:", "machine-kind", "c:", "c drive", "system", "system drive", "boot",
                   fact="The system volume was full.", means="points to system files or logs"),
            answer("A data volume", "data-kind", "data", "d:", "e:", "shares", "file server",
                   fact="A data volume was full.", means="rules out system files"),
            answer("None, there is space again", "watch-growth", "none", "enough", "space again", "normal",
                   fact="Every volume had enough free space when it was read.", means="points to a passing peak"),
        ),
        ask(
            "machine-kind", "Machine", "Is it a server or a user's computer?",
            answer("Server", "find-large", "windows server", "vm", "virtual machine",
                   fact="The affected machine was a server.", means="points to logs and services"),
            answer("User's computer", "clean-workstation", "laptop", "pc", "workstation", "desktop", "computer",
                   fact="The affected machine was a user's computer.", means="points to profile and updates"),
        ),
        run(
            "find-large", "Find the largest folders and files",
            "Run as administrator; folders that cannot be read are shown as errors and may hide the cause.",
            powershell(
                "Get-ChildItem C:\\ -Directory -Force -ErrorAction SilentlyContinue | ForEach-Object {\n"
                "  $size = (Get-ChildItem $_.FullName -Recurse -File -Force -ErrorAction SilentlyContinue | "
                "Measure-Object Length -Sum).Sum\n"
                "  [pscustomobject]@{ Folder = $_.FullName; GB = [math]::Round($size/1GB, 1) }\n"
                "} | Sort-Object GB -Descending | Select-Object -First 10",
                "largest folders",
            ),
            powershell(
                "Get-ChildItem C:\\ -Recurse -File -Force -ErrorAction SilentlyContinue | "
                "Sort-Object Length -Descending | Select-Object -First 15 FullName, "
                "@{n='GB';e={[math]::Round($_.Length/1GB,2)}}, LastWriteTime",
                "largest files",
            ),
            expect="One folder or a few files that explain most of the space.",
            then="what-is-large",
        ),
        ask(
            "what-is-large", "Largest", "What takes most of the space?",
            answer("Log files of IIS or an application", "rotate-logs", "iis", "logs", "logfiles", "w3svc", "log",
                   "trace", "etl", "inetpub",
                   fact="Log files took most of the space.", means="rules in logs without rotation"),
            answer("Database or its transaction log", "transaction-log", "sql", "ldf", "mdf", "database", "edb",
                   "transaction",
                   fact="A database or its transaction log took most of the space.", means="rules in the database"),
            answer("Windows folder, updates or WinSxS", "component-cleanup", "winsxs", "windows", "softwaredistribution",
                   "updates", "installer", "cbs",
                   fact="Windows components and updates took most of the space.", means="rules in update leftovers"),
            answer("Shadow copies or memory dumps", "shadow-storage", "shadow", "system volume information", "dump",
                   "memory.dmp", "vss", "hiberfil",
                   fact="Shadow copies or dumps took most of the space.", means="rules in hidden system data"),
            answer("User profiles or temporary files", "clean-profiles", "profiles", "users", "temp", "temporary",
                   "downloads", "recycle bin",
                   fact="User profiles or temporary files took most of the space.", means="rules in user data"),
            hint="Folders together smaller than the used space: look at shadow copies (vssadmin list shadowstorage).",
        ),
        ask(
            "data-kind", "Data", "What is on the data volume?",
            answer("File shares", "share-growth", "files", "shares", "user files", "documents",
                   fact="The full volume held file shares.", means="points to growth or a large copy"),
            answer("Databases", "transaction-log", "sql", "database", "databases", "ldf", "mdf",
                   fact="The full volume held databases.", means="points to transaction logs"),
            answer("Backups", "backup-retention", "backup", "backups", "repository", "veeam", "vbk",
                   fact="The full volume held backups.", means="points to retention"),
        ),
        run(
            "transaction-log", "Ask the database why its log is not reused",
            "LOG_BACKUP means that the recovery model is full and no log backup runs.",
            powershell(
                "Invoke-Sqlcmd -Query \"SELECT name, recovery_model_desc, log_reuse_wait_desc FROM sys.databases\"\n"
                "Invoke-Sqlcmd -Query \"DBCC SQLPERF(LOGSPACE)\""
            ),
            expect="log_reuse_wait_desc NOTHING and a small log.",
            then="log-wait",
        ),
        ask(
            "log-wait", "Log reuse", "Does the log wait for a log backup?",
            answer("Yes, LOG_BACKUP", "fix-log-backup", "log_backup", "full recovery", "no log backup",
                   fact="The transaction log waited for a log backup.", means="rules in the missing log backup"),
            answer("No", "extend-volume", "nothing", "active_transaction", "simple",
                   fact="The transaction log did not wait for a log backup.", means="rules out the log backup"),
        ),
        ask(
            "share-growth", "Growth", "Did the data grow slowly or at once?",
            answer("Slowly over months", "extend-volume", "slowly", "months", "gradually", "steadily",
                   fact="The data grew slowly over months.", means="points to missing capacity"),
            answer("Suddenly", "remove-large-copy", "sudden", "overnight", "at once", "yesterday", "quickly",
                   fact="The data grew suddenly.", means="points to one large copy"),
        ),
        solve("rotate-logs", "Archive old logs and limit them from now on",
              "Nobody ever deletes these logs. Keep what the client has to keep, remove the rest.",
              "Ask whether the logs have to be kept, and how long.",
              "Move logs older than that to an archive, delete what may go, starting with the oldest.",
              "Schedule a daily clean-up or set the rotation, and raise the monitoring's warning level.",
              confidence=89, script="remove-old-files", otherwise="extend-volume"),
        solve("component-cleanup", "Clean up Windows components and update leftovers",
              "Replaced update files can go; never delete in WinSxS by hand.",
              "Run Dism /Online /Cleanup-Image /StartComponentCleanup.",
              "Stop wuauserv, empty C:\\Windows\\SoftwareDistribution\\Download, start wuauserv.",
              "Read the free space again.", confidence=74, otherwise="extend-volume"),
        solve("shadow-storage", "Limit shadow copies and remove old dumps",
              "Shadow copies may take the whole volume when they have no limit.",
              "vssadmin list shadowstorage, then vssadmin resize shadowstorage /for=C: /on=C: /maxsize=10%.",
              "Remove MEMORY.DMP and minidumps when no case needs them.",
              "Read the free space again and check that the next backup runs.", confidence=79,
              otherwise="component-cleanup"),
        solve("clean-profiles", "Remove temporary files and abandoned profiles",
              "Ask before anything of a user is deleted.",
              "Empty temporary folders and recycle bins (cleanmgr, Storage Sense).",
              "List profiles by last use (Get-CimInstance Win32_UserProfile) and remove those of leavers with the"
              " client's consent.",
              "Read the free space again.", confidence=73, script="remove-old-files", otherwise="extend-volume"),
        solve("clean-workstation", "Free space on the user's computer",
              "Updates, caches and synchronised files fill most laptops.",
              "Turn on Storage Sense and remove the previous Windows version and delivery caches.",
              "Free up space in OneDrive (files on demand) and move large private files with the user's consent.",
              "Read the free space again and restart.", confidence=75, otherwise="component-cleanup"),
        solve("fix-log-backup", "Back the transaction log up and shrink it once",
              "Under full recovery the log only shrinks after log backups.",
              "Ask the client whether point-in-time recovery is needed.",
              "If so, set up a log backup every 15 to 60 minutes and run one now; if not, switch to simple recovery.",
              "Shrink the log file once to a sensible size (DBCC SHRINKFILE) and watch it.", confidence=90,
              otherwise="extend-volume"),
        solve("backup-retention", "Bring the backups' retention back within the volume",
              "More restore points are kept than fit.",
              "Compare the retention with what the contract says and look for orphaned chains.",
              "Remove orphaned chains with the backup program, never in the file system.",
              "Shorten the retention or extend the repository, and run the next job.", confidence=80,
              otherwise="extend-volume"),
        solve("remove-large-copy", "Move the large copy away with its owner's consent",
              "One person or program put a lot of data there at once.",
              "List the newest large files and their owner (Get-ChildItem, Get-Acl).",
              "Ask the owner; move the data to where it belongs or delete it.",
              "Set a quota warning on the share.", confidence=77, otherwise="extend-volume"),
        solve("extend-volume", "Extend the volume",
              "The data is needed and there is not enough room for it.",
              "Check the free space of the datastore or pool, and take a backup or snapshot.",
              "Extend the virtual disk, then Resize-Partition -DriveLetter <letter> -Size <max>.",
              "Adjust the monitoring's warning levels and note the growth rate on the ticket.", confidence=70),
        solve("watch-growth", "Watch the volume and find the job that fills it for a while",
              "A job fills the volume and frees it again.",
              "Note the time of the alert and compare it with backup, update and export jobs.",
              "Log the free space every five minutes for a day.",
              "Move the job's temporary folder or its time.", confidence=58),
    ],
)  # fmt: skip
