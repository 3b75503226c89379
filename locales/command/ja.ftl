# コマンド meetbridge の表示: ヘルプ、使い方の誤り、結果、プロバイダーの画面への入力内容。

heading-usage = 使い方:
heading-commands = コマンド
heading-arguments = 引数
heading-options = オプション
heading-common = 共通オプション

cmd-meetbridge = Meetbridge の導入環境を管理します。
cmd-init = 鍵と、説明付きの設定ファイルを作成します
cmd-register = プロバイダーの画面に入力する内容を表示します
cmd-doctor = 問題とその対処を表示します
cmd-authorize = 利用者のアカウントをプロバイダーと連携します
cmd-users = 利用者と連携の状態を一覧表示します
cmd-create = 利用者の会議を作成します
cmd-list = 利用者の会議を一覧表示します
cmd-revoke = 利用者の連携を解除します
cmd-rename = 利用者のすべてを新しい名前に移します
cmd-forget = 退職した利用者の連携を解除し、すべて削除します
cmd-rotate-key = ストアを新しい鍵で封印し直します
cmd-maintain = 更新、整理、再封印など、必要な作業を行います
cmd-audit = だれが、だれのために、何をしたかを表示します

more-meetbridge = 終了コード: 0 成功、1 失敗または問題あり、2 使い方の誤り。
    シークレットはコマンドラインで受け取らず、表示もしません。
    各コマンドの説明は meetbridge コマンド --help で表示されます。
more-init = ファイルは --settings または MEETBRIDGE_SETTINGS の場所に作成します。既存のファイルは上書きしません。
    例: meetbridge init --settings /local/meetbridge/settings.json --redirect-url https://mail1.example.com/servlet/ontimegc/oauth/v1
more-register = 設定がある場合は、その値を使って表示します。クライアントシークレットは表示しません。
    例: meetbridge register zoom --kind account
more-doctor = 終了コード: 0 問題なし、1 問題あり、2 使い方の誤り。
more-authorize = --callback を指定しない場合は、利用者がブラウザーで開くアドレスを表示します。その後、ブラウザーが最後に表示したページのアドレスを貼り付けてください（そのページがエラーになっていても構いません）。--json ではアドレスを JSON 文字列として出力するので、--callback を付けてもう一度実行してください。
    例: meetbridge authorize "Anna Berg/HR/Acme" --provider zoom
more-users = --json を指定しない場合はすべて表示します。指定した場合は 1 ページだけ出力し、続きは --next で取得します。
more-create = 会議の内容は、オプションか、ホストが渡すものと同じ JSON 文書（docs/documents.md）で指定します。
    例: meetbridge create "Anna Berg/HR/Acme" --provider zoom --topic Planning --start 2030-03-01T09:00:00 --time-zone Asia/Tokyo --duration 30
more-list = --from を省略すると現在から、--to を省略するとその 1 年後までです。--json を指定しない場合はすべて表示します。指定した場合は 1 ページだけ出力し、続きは --next で取得します。
more-revoke = 作成済みの会議は残ります。Webex では、利用者自身がインテグレーションを削除します。
more-rename = 名前が変わったすべての利用者について実行できます。該当するものがなくても失敗にはなりません。
more-forget = 会議はプロバイダーに、監査記録はこのシステムに残ります。
more-rotate-key = 最初の実行では、鍵を作成し、設定への記述方法を表示します。新しい鍵を設定の先頭に記述してからもう一度実行すると、すべてをその鍵で封印し直し、あわせて maintain の処理も行います。中断しても次の実行で続きから再開し、その間サーバーは動作を続けられます。
more-maintain = このコマンドまたはホストから、1 時間に 1 回程度実行してください。
more-audit = --json を指定しない場合はすべて表示します。指定した場合は 1 ページだけ出力し、続きは --next で取得します。

arg-settings = 設定ファイル。省略時は環境変数 MEETBRIDGE_SETTINGS の値
arg-language = 表示に使う言語。省略時は LC_ALL、LC_MESSAGES、LANG に従います
arg-json = ライブラリーの JSON だけを出力します
arg-acting_user = 監査記録に残す操作者。省略時はログイン中の利用者
arg-timeout = 呼び出しの制限時間（1～300 秒）。省略時は設定の値
arg-help = このヘルプを表示します
arg-version = バージョンを表示します
arg-redirect_urls = プロバイダーが利用者を戻すアドレス。サーバーごとに 1 つずつ、複数回指定できます。先頭がこのサーバーのアドレスです
arg-own_redirect = プロバイダーが利用者を戻すアドレス。省略時はこのサーバーのアドレス
arg-provider = zoom または webex
arg-kind = だれが同意するか: 各利用者（user）、アカウントの管理者（account）、だれもしない（server、Zoom のみ）。省略時は設定の値
arg-app = アプリのクライアント ID。省略時は最初に該当するアプリ
arg-webhook_url = ホストが通知を受け取るアドレス。省略時は設定の値
arg-ignore_warnings = 警告だけの場合は 0 で終了します
arg-user = ホストでの利用者名。例: "Anna Berg/HR/Acme"
arg-callback = 利用者のブラウザーが最後に開いたアドレス（code と state を含む）。- なら標準入力から読み取ります
arg-from = この時刻以降（RFC 3339。例: 2030-03-01T00:00:00Z）
arg-to = この時刻より前
arg-page_size = 1 ページの件数（1 から 300）
arg-next = この値を返したページの続きから
arg-meeting = 会議の JSON 文書のファイル。- は標準入力
arg-topic = 会議の議題
arg-start = 開始時刻: 2030-03-01T09:00:00Z。Z を付けない場合は --time-zone も指定します
arg-time_zone = --start のタイムゾーン: IANA、Windows または Notes の名前
arg-duration = 会議の長さ（分）
arg-reference = 予定を表すホストの参照キー。同じキーでは同じ会議が返ります
arg-best_effort = プロバイダーが対応していない項目は省いて処理します
arg-host_email = 管理者のアプリの場合に、だれの会議か
arg-ignore_missing = 対象がなくても失敗としません
arg-old_user = これまでの利用者名
arg-new_user = 新しい利用者名
arg-budget = 作業時間の目安（1～3600 秒）。省略時は 10 秒

usage-more = 詳しくは { $command } --help を実行してください。
usage-command = { $command } というコマンドはありません。
usage-unknown = { $argument } はここでは指定できません。
usage-missing = { $argument } を指定してください。
usage-twice = { $argument } が二重に指定されています。
usage-conflict = { $argument } と { $other } は同時に指定できません。
usage-no-value = { $argument } には値が必要です。
usage-value = { $argument } に { $value } は指定できません。
usage-value-of = { $argument } に { $value } は指定できません。指定できる値: { $known }
usage-unicode = 引数が Unicode ではありません。

unreadable = { $file } を読めません: { $why }

init-where = --settings または MEETBRIDGE_SETTINGS で設定ファイルの場所を指定してください。
init-exists = { $file } がすでに存在するため、何も作成せずに終了しました。
init-made = { $settings } と { $key } を作成しました。次の手順:
init-next-register = アプリを登録します: meetbridge register zoom、meetbridge register webex
init-next-settings = プロバイダーの画面に表示された値を { $settings } に記入します。
init-next-doctor = 問題がないことを確認します: meetbridge doctor --settings { $settings }
init-next-copy = { $key } の控えを、ストアとは別の場所に保管します。鍵がないとストアは読めず、両方があればだれでも読めます。
init-next-host = ホストに設定の場所を知らせます: MEETBRIDGE_SETTINGS={ $settings }

settings-intro = Meetbridge の設定。// で始まる行は説明です。各項目は docs/documents.md の「Settings」に記載されています。
settings-apps = プロバイダーに登録したアプリ。登録の手順は meetbridge register zoom で表示されます。使うアプリの行頭（2 つ使う場合はコンマの行も）の // を取り、クライアント ID を記入してください。シークレットは、サーバーのユーザーだけが読めるファイルに入れてここに指定するか、環境変数で指定します: "client_secret": { "{" } "env": "ZOOM_SECRET" { "}" }
settings-redirect-url = このサーバーが利用者の戻り先とするアドレス。アプリのアドレスのいずれかと同じにします。
settings-store = 保存先のファイル。存在しなければ作成されます。複数のサーバーで共有する場合は、代わりに "postgres": "postgresql://user:password@host/database" とします。
settings-key = ストアを封印する鍵。控えをストアとは別の場所に保管してください。
settings-log = ライブラリーのログ: error、warn、info、debug、trace
settings-http = 呼び出しの制限時間、プロキシー、システムのほかに信頼する認証局
settings-language = エラーと報告の言語: en または ja

authorize-open = 次のアドレスをブラウザーで開き、{ $user } としてプロバイダーにサインインしてください:
authorize-paste = 終わったら、ブラウザーが最後に開いたアドレスを貼り付けて Enter を押してください:
authorize-later = アドレスが入力されませんでした。10 分以内に --callback を付けて実行してください。

field-user = 利用者
field-provider = プロバイダー
field-app = アプリ
field-state = 状態
field-reason = 理由
field-account = アカウント
field-scopes = スコープ
field-topic = 議題
field-start = 開始
field-time_zone = タイムゾーン
field-duration_minutes = 長さ（分）
field-id = 会議 ID
field-join_url = 参加リンク
field-host = 主催者
field-reference = 参照キー
field-warning = 警告

revoked = { $user } と { $provider } の連携はなくなりました。
renamed = { $old } に関する情報はすべて { $new } のものになりました。
forgotten = { $user } に関する情報は保存されていません。
create-untold = 会議 { $id } は作成されています。

severity-ok = 正常
severity-warning = 警告
severity-error = エラー
doctor-healthy = 問題はありません。
doctor-found = エラー: { $errors } 件、警告: { $warnings } 件。

maintain-complete = 必要な作業はすべて終わりました。
maintain-incomplete = 終わっていない作業があります。もう一度実行してください。
maintain-renewed = 更新した連携
maintain-failed = 更新できず、後で再試行するもの
maintain-ended = 連携が切れ、再連携が必要なもの
maintain-unserved = 対応するアプリがないもの
maintain-restored = 復元したトークン
maintain-resealed = 封印し直した行
maintain-purged-audit = 削除した監査記録
maintain-webhooks-created = 作成した Webhook
maintain-due-renewals = 残っている更新
maintain-due-reseals = 残っている再封印

rotate-no-file = 設定の鍵がファイルではありません。ランダムな 32 バイトを base64 にした新しい鍵を作り、"key" の先頭（以前の鍵の前）に記述してから、もう一度実行してください。
rotate-made = 新しい鍵 { $new } を作成しました。すべてのサーバーと、鍵の控えの保管場所にコピーしてください。新しい鍵を先頭に記述するまでは、以前の鍵で封印します。
rotate-waits = 以前の鍵と同じ場所に、この設定に記述されていない、より新しい鍵 { $new } があります。この設定のために作成したものであれば、すべてのサーバーと、鍵の控えの保管場所にコピーしてください。新しい鍵を先頭に記述するまでは、以前の鍵で封印します。別の用途のものであれば、ほかの場所に移してから、もう一度実行してください。
rotate-second = 1. すべてのサーバーの設定で 2 番目に記述し、読み込み直します:
rotate-first = 2. 続いて、すべてのサーバーの設定で先頭に記述し、読み込み直します:
rotate-again = 3. その後、meetbridge rotate-key をもう一度実行します。
rotate-stuck = 処理が進みません。{ $count } 行が先頭の鍵で封印されていません。処理済みの分はそのまま有効です。
rotate-inline = 設定の先頭の鍵
rotate-sealed = { $count } 行を封印し直しました。すべて { $first } で封印されています。
rotate-done = これが新しい鍵であれば、連携の途中の利用者のために 10 分待ってから、その鍵だけを設定に残して読み込み直してください。以前の鍵は、それを必要とするバックアップがある間は保管してください。
rotate-nothing = 封印し直すものはありませんでした。{ $second } が新しい鍵であれば、それを先頭に記述して読み込み直し、もう一度実行してください。
rotate-not-yet = 以前の鍵は、まだ設定から外さないでください。退避したトークン、または名前を付け直す Webhook が残っています。なくなるまで meetbridge maintain を実行してください。

value-on = オン
value-off = オフ

register-no-app = 設定には、このプロバイダーと種類のアプリ { $app } がありません。
register-redirect-url = https://サーバー名/servlet/ontimegc/oauth/v1
register-webhook-url = https://サーバー名/ホストが通知を受け取るパス
register-client-id = 設定の "client_id" に記入します。
register-secret = 設定の "client_secret" が指す場所に入れます。ここには表示しません。
register-needed = 会議の作成、変更、削除、参照、一覧に使います。
register-optional = 個別の機能に使います。不要なものは省けます。
register-other = 設定でこれらも要求しています。アプリにも必要です。
register-classic = Zoom に細かいスコープができる前に作成したアプリでは、上の代わりにこれらを使います。

scope-meeting-write-meeting = 会議の作成
scope-meeting-update-meeting = 会議の変更
scope-meeting-delete-meeting = 会議の削除
scope-meeting-read-meeting = 会議の参照
scope-meeting-read-list_meetings = 会議の一覧
scope-meeting-read-invitation = 会議室システム用のアドレス
scope-user-read-user = アカウントの確認
scope-meeting-write = 作成、変更、削除
scope-meeting-read = 参照と一覧
scope-user-read = アカウントの確認
scope-meeting-schedules_read = 会議の参照と一覧
scope-meeting-schedules_write = 会議の作成、変更、削除
scope-spark-people_read = アカウントの確認

zoom-intro = 利用者が属するアカウントで、「Zoom for developers」の役割を持つ人または管理者が https://marketplace.zoom.us にサインインします。Develop > Build App > General App > Create の順に進みます。Development タブの認証情報を使います（自社アカウント用のアプリはこのまま使えます）。
zoom-name = 利用者が同意するときに表示されます。
zoom-managed-user = 利用者がそれぞれ同意します。
zoom-managed-account = 管理者が全員のために一度だけ同意します。設定では "kind": "account" とします。
zoom-strict = すべてのアドレスを下の許可リストに記入します。
zoom-subdomain = ドメイン内の別のホストには戻されなくなります。
zoom-allow-list = すべてのサーバーのアドレスと、そのベース URL です。
zoom-secret-token = 1. 設定の "webhook_secret" が指す場所に入れます。2. 設定を読み込み直します。サブスクリプションの登録はその後に行います。Zoom の検証には、このシークレットで応答するためです。
zoom-subscribe = ホストが通知を受け取る場合だけ設定します。Add New Event Subscription、Webhook を選びます。
zoom-endpoint = ホストが通知をライブラリーに渡すアドレスです。
zoom-events = ホストに不要なものは省けます。
zoom-validate = 3. シークレットを設定に入れて読み込み直した後で検証（Validate）し、保存します。
zoom-deauthorization = 画面に項目がある場合に記入します。アプリを削除した利用者がすぐにわかります。
zoom-contact = 自社の担当者名と、実際に読まれるメールアドレス。Zoom からの連絡先になります。
zoom-publish = アプリは非公開のままにします。Zoom の審査なしで、自社アカウントの利用者が使えます。
zoom-add-user = 不要です。利用者は自社サーバーの開始ページから始めます。アプリの事前承認が必要なアカウントでは、管理者が marketplace.zoom.us > Manage > Permissions で承認しないと、利用者は拒否されます。
zoom-add-account = 管理者も、自社サーバーの開始ページまたは meetbridge authorize から始めます。
zoom-server-intro = 「Zoom for developers」の役割を持つ人または管理者が https://marketplace.zoom.us にサインインします。Develop > Build App > Server-to-Server OAuth App > Create の順に進みます。同意は不要で、アカウントのすべての利用者のために動作します。
zoom-account-id = 設定の "account_id" に記入し、"kind": "server" とします。
zoom-activate = ほかの項目をすべて記入した後に有効にします。利用者の同意は不要です。

webex-intro-user = https://developer.webex.com にサインインします。My Webex Apps > Create a New App > Create an Integration の順に進みます。利用者がそれぞれ同意します。
webex-intro-account = 組織の管理者として https://developer.webex.com にサインインします。My Webex Apps > Create a New App > Create an Integration の順に進みます。管理者が全員のために一度だけ同意します。設定では "kind": "account" とします。
webex-name = 利用者が同意するときに表示されます。
webex-contact = 実際に読まれる自社のメールアドレスです。
webex-icon = 512 x 512 ピクセルの PNG または JPEG、または Webex が用意したものを使います。
webex-description = 予定表の予定から Webex 会議を作成します。
webex-redirect = すべてのサーバーのアドレスです。
webex-add = 次の画面にクライアント ID とシークレットが表示されます。
webex-secret = 表示されるのはこの一度だけです。画面を離れる前に、設定の "client_secret" が指す場所に入れてください。失った場合は作り直すことになり、以前のものは使えなくなります。
webex-webhooks = 画面での登録は不要です。これらを設定に記入すると、利用者ごとの通知をライブラリーが登録します。シークレットには 32 文字以上のランダムな文字列を使います。

register-no-sheet = { $provider } 用のシートはまだありません。
