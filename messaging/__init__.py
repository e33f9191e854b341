"""Messages: the core, and the edges that translate for it. Where to look for what:

a message's way     `sending`, `drafting`, `routing`, `committer`, `idempotency`; `delivery`, `later`;
                    `receiving`, `answering`
what it is          `models`, `states`, `content`, `timeline`, `ids`, `rows`, `numbers`, `segments`, `errors`
ways out            `transport`, `transports`, `devices`, `phones`
what people keep    `contacts`, `templating`, `broadcasts`, `media`, `workspaces`, `preparing`, `verifying`, `namesakes`
being told          `webhooks`, `alerting`, `telling`, `outgoing`, `sealing`
what it costs       `allowance`, `wallet`, `usage`, `reporting`
the worker          `working`, `beside`, `threads`, `nudging`, `health`
edges               `dialect`, `dialects`, `api`, `dashboard`, `templatetags`, `admin`, `documents`, `management`
what edges share    `edge`, `paths`, `turns`, `streaming`, `uploading`, `json_text`, `csv_text`, `checked_ids`,
                    `wildcards`
"""
