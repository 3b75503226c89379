# Español.

provider-name =
    { $provider ->
        [webex] Webex
        [zoom] Zoom
       *[another] { $provider }
    }

invited = Ha recibido una invitación a una reunión de { provider-name }.
invited-by = { $host } le invita a una reunión de { provider-name }.

topic = Tema: { $topic }
time = Fecha y hora: { $period }
time-none = Fecha y hora: sin horario fijo
time-zone = Zona horaria: { $zone }
dates = Fechas:
date-line = - { $period }
dates-more =
    { $count ->
        [1] - y 1 fecha más
       *[several] - y { $count } fechas más
    }

join = Unirse a la reunión de { provider-name }:
join-on = Unirse a la reunión de { provider-name } ({ $date }):
number =
    { $provider ->
        [webex] Número de reunión: { $number }
       *[zoom] ID de reunión: { $number }
    }
passcode =
    { $provider ->
        [webex] Contraseña: { $passcode }
       *[zoom] Código de acceso: { $passcode }
    }

phone = Unirse por teléfono:
phone-line = - { $place }: { $number }
phone-line-bare = - { $number }
phone-place = { $label } ({ $country })
phone-toll-free = { $number } (llamada gratuita)
sip = Unirse desde un sistema de videoconferencia: { $uri }

period = { $date }, { $from } - { $until } ({ $offset })
period-long = { $from } - { $until }
moment = { $date }, { $time } ({ $offset })
date = { weekday }, { $day } de { month } de { $year }
clock = { $hour }:{ $minute }
weekday =
    { $weekday ->
        [monday] lunes
        [tuesday] martes
        [wednesday] miércoles
        [thursday] jueves
        [friday] viernes
        [saturday] sábado
       *[sunday] domingo
    }
month =
    { $month ->
        [january] enero
        [february] febrero
        [march] marzo
        [april] abril
        [may] mayo
        [june] junio
        [july] julio
        [august] agosto
        [september] septiembre
        [october] octubre
        [november] noviembre
       *[december] diciembre
    }
