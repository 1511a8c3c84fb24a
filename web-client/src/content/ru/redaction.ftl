redactions-title = Изъятие фрагментов
redactions-sum = { $count ->
    [0] действующих распоряжений нет
    [one] { $count } действующее распоряжение
    [few] { $count } действующих распоряжения
   *[other] { $count } действующих распоряжений
 }
redactions-text = Судья может распорядиться изъять части этой записи, прежде чем её получит кто-либо кроме суда. Сама запись остаётся такой, какой была опечатана. С момента распоряжения по разрешениям открывается только копия с изъятиями, а пока она не готова – ничего.
redactions-none = Ничего не изъято.
redactions-judge-orders = Распорядиться об изъятии может только судья.
redactions-by-order = Распоряжение { $reference }
redactions-in-force = – действует
redactions-lifted = – отменено
redactions-ordered = Распорядился { $by }, { $when }: { $reason }
redactions-lifted-by = Отменил { $by }, { $when }: { $reason }
redactions-is-cut = Часть { $segment }, { $from }–{ $to }: вырезаны звук и изображение всех
redactions-is-mute = Часть { $segment }, { $from }–{ $to }: звук, { $name }
redactions-is-mute-all = Часть { $segment }, { $from }–{ $to }: звук всех
redactions-is-cover = Часть { $segment }, { $from }–{ $to }: изображение, { $name }
redactions-is-cover-all = Часть { $segment }, { $from }–{ $to }: изображение всех
redactions-lift = Отменить распоряжение
redactions-lift-text = То, что было изъято, снова может быть выдано другим. Изготовленные копии остаются опечатанными.
redactions-lift-now = Отменить
redactions-withheld = Копии, которая выполняет действующие распоряжения, ещё нет. Пока она не изготовлена, запись не выдаётся никому кроме суда.
redactions-make = Изготовить копию с изъятиями
redactions-making = Копия с изъятиями изготавливается: { $percent } %
redactions-failed = Копию с изъятиями изготовить не удалось: { $detail }
redactions-copy = Копия с изъятиями от { $when }
redactions-copy-current = – выдаётся эта копия
redactions-copy-old = – больше не выдаётся: действуют другие распоряжения
redactions-order = Распорядиться об изъятии
redactions-order-text = Действует сразу: у кого есть разрешение на эту запись, тот теряет доступ к ней. То, что было загружено раньше, остаётся у того, кто это загрузил.
redactions-order-now = Распорядиться
redactions-interval = Что изымается
redactions-kind = Как
redactions-kind-mute = Убрать звук
redactions-kind-cover = Закрыть изображение
redactions-kind-cut = Вырезать всё у всех
redactions-of = Чьё
redactions-of-all = всех
redactions-from = С
redactions-to = По
redactions-here = Взять момент проигрывателя
redactions-time-hint = Минуты, секунды и доли секунды внутри части, например 4:07.5. С обеих сторон изымается ещё пятая доля секунды. На месте вырезанного остаётся пустая карточка той же длины, поэтому все времена сохраняются.
redactions-add = Добавить в распоряжение
redactions-added = { $count ->
    [one] В распоряжении { $count } пункт
    [few] В распоряжении { $count } пункта
   *[other] В распоряжении { $count } пунктов
 }
redactions-remove = Убрать
redactions-fault-time = Укажите оба момента, например 4:07.5.
redactions-fault-order = Конец должен быть после начала.
redactions-fault-outside = Эта часть короче.
redactions-fault-none = Добавьте в распоряжение хотя бы один пункт.
redactions-reference = Номер распоряжения
redactions-reason-hint = Номер и основание стоят в копии, которую получат другие: не называйте в них того, что должно быть скрыто.
redacted-title = Это копия с изъятиями
redacted-text = По распоряжению суда из записи изъяты части: не меньше того, что перечислено здесь, и ещё { $margin } с с обеих сторон. На месте вырезанного стоит пустая карточка той же длины. Копия опечатана как отдельная запись.
redacted-ordered = { $by }: { $reason }
redacted-log = { $count ->
    [0] Из протокола ничего не изъято.
    [one] Из протокола изъята { $count } отметка.
    [few] Из протокола изъяты { $count } отметки.
   *[other] Из протокола изъято { $count } отметок.
 }
redacted-original = Запись, из которой она изготовлена
evidence-redacted = Копия с изъятиями
release-redacted = Части этой записи изъяты по распоряжению суда: { $references }.
release-withheld = Копия с изъятиями ещё не готова. Откройте разрешение позже.
custody-redaction-ordered = Распоряжение об изъятии
custody-redaction-lifted = Распоряжение об изъятии отменено
custody-redacted = Изготовлена копия с изъятиями
custody-derived = Изготовлена из другой записи как копия с изъятиями
problem-bad-redaction = Так распорядиться нельзя. Каждый пункт лежит внутри одной части, кончается после своего начала и касается того, чей звук или изображение в ней есть.
problem-redaction-pending = Суд распорядился изъять части этой записи. Копия с изъятиями ещё не готова. Обратитесь в суд.
proof-derived = Копия с изъятиями
found-derived-proved = Это копия с изъятиями: её фильмы таковы, какими были опечатаны, а протокол ничего не говорит об изъятом.
found-derived-trusted = По чьему распоряжению изъяты части, известно со слов суда.
found-derived-not-checked = Записи, из которой она изготовлена, в этом пакете нет.
found-derived-failed = Это не та копия с изъятиями, за которую она себя выдаёт.
redacted-film = Фильм, опечатанный как копия с изъятиями, все части подряд.
redacted-download = В пакете фильм с изъятиями, печать, оставшаяся часть протокола и цепочка хранения; оригинала в нём нет. Получатель может проверить его без этого сервера. Загрузка заносится в цепочку хранения.
