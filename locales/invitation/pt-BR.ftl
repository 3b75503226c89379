# Português do Brasil.

provider-name =
    { $provider ->
        [webex] Webex
        [zoom] Zoom
       *[another] { $provider }
    }

invited = Você recebeu um convite para uma reunião do { provider-name }.
invited-by = { $host } está convidando você para uma reunião do { provider-name }.

topic = Tópico: { $topic }
time = Data e hora: { $period }
time-none = Data e hora: sem horário fixo
time-zone = Fuso horário: { $zone }
dates = Datas:
date-line = - { $period }
dates-more =
    { $count ->
        [1] - e mais 1 data
       *[several] - e mais { $count } datas
    }

join = Entrar na reunião do { provider-name }:
join-on = Entrar na reunião do { provider-name } ({ $date }):
number =
    { $provider ->
        [webex] Número da reunião: { $number }
       *[zoom] ID da reunião: { $number }
    }
passcode = Senha: { $passcode }

phone = Participar por telefone:
phone-line = - { $place }: { $number }
phone-line-bare = - { $number }
phone-place = { $label } ({ $country })
phone-toll-free = { $number } (ligação gratuita)
sip = Participar por um sistema de videoconferência: { $uri }

period = { $date }, { $from } - { $until } ({ $offset })
period-long = { $from } - { $until }
moment = { $date }, { $time } ({ $offset })
date =
    { weekday }, { $day ->
        [1] 1º
       *[later] { $day }
    } de { month } de { $year }
clock = { $hour-two-digits }:{ $minute }
weekday =
    { $weekday ->
        [monday] segunda-feira
        [tuesday] terça-feira
        [wednesday] quarta-feira
        [thursday] quinta-feira
        [friday] sexta-feira
        [saturday] sábado
       *[sunday] domingo
    }
month =
    { $month ->
        [january] janeiro
        [february] fevereiro
        [march] março
        [april] abril
        [may] maio
        [june] junho
        [july] julho
        [august] agosto
        [september] setembro
        [october] outubro
        [november] novembro
       *[december] dezembro
    }
