# 日本語。文字は JIS X 0208 の範囲とし、変換表によって異なる波ダッシュ等は使わない。

provider-name =
    { $provider ->
        [webex] Webex
        [zoom] Zoom
       *[another] { $provider }
    }

invited = { provider-name } ミーティングへの招待が届いています。
invited-by = { $host } さんから { provider-name } ミーティングへの招待が届いています。

topic = トピック: { $topic }
time = 日時: { $period }
time-none = 日時: 指定なし
time-zone = タイムゾーン: { $zone }
dates = 開催日時:
date-line = - { $period }
dates-more =
    { $count ->
        [1] - ほか 1 件
       *[several] - ほか { $count } 件
    }

join = { provider-name } ミーティングに参加する:
join-on = { $date }の { provider-name } ミーティングに参加する:
number =
    { $provider ->
        [webex] ミーティング番号: { $number }
       *[zoom] ミーティング ID: { $number }
    }
passcode =
    { $provider ->
        [webex] パスワード: { $passcode }
       *[zoom] パスコード: { $passcode }
    }

phone = 電話で参加する:
phone-line = - { $place }: { $number }
phone-line-bare = - { $number }
phone-place = { $label } ({ $country })
phone-toll-free = { $number } (通話料無料)
sip = ビデオ会議システムから参加する: { $uri }

period = { $date } { $from } - { $until } ({ $offset })
period-long = { $from } - { $until }
moment = { $date } { $time } ({ $offset })
date = { $year }年{ month }{ $day }日({ weekday })
clock = { $hour }:{ $minute }
weekday =
    { $weekday ->
        [monday] 月
        [tuesday] 火
        [wednesday] 水
        [thursday] 木
        [friday] 金
        [saturday] 土
       *[sunday] 日
    }
month =
    { $month ->
        [january] 1月
        [february] 2月
        [march] 3月
        [april] 4月
        [may] 5月
        [june] 6月
        [july] 7月
        [august] 8月
        [september] 9月
        [october] 10月
        [november] 11月
       *[december] 12月
    }
