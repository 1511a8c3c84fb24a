hearing-kind-testimony = Показания, записанные заранее
hearing-kind-testimony-hint = Показания одного свидетеля записываются по протоколу, шаг за шагом, чтобы воспроизвести их на более позднем заседании по этому делу.
waiting-testimony = На этом заседании записываются показания свидетеля, чтобы воспроизвести их на более позднем заседании.
waiting-testimony-witness = Ваши показания записываются со звуком и изображением, чтобы воспроизвести их на более позднем заседании. Вам скажут, когда запись идёт.

capture-title = Показания шаг за шагом
capture-left = { $count ->
    [one] остался { $count } шаг
    [few] осталось { $count } шага
   *[many] осталось { $count } шагов
 }
capture-all-done = шагов не осталось
capture-close = Каждый шаг сделан или пропущен. Завершите заседание ниже, чтобы опечатать запись.
capture-clock = Время в суде
capture-clock-on = запись идёт { $time }
capture-clock-off = без записи
capture-clock-unknown = неизвестно, идёт ли запись
capture-step-opening = Вступление перед камерой
capture-step-call = Вызвать свидетеля
capture-step-present = Все называют себя
capture-step-witness-room = Кто ещё в комнате свидетеля
capture-step-identity = Личность свидетеля
capture-step-oath = Присяга или обещание
capture-step-examination = Вопросы свидетелю
capture-step-examination-by = Вопросы задаёт { $name }
capture-step-closing = Заключение перед камерой
capture-step-release = Отпустить свидетеля
capture-state-open = ещё не сделано
capture-state-done = сделано
capture-state-left-out = пропущено
capture-left-out-why = Пропущено: { $reason }
capture-say = Сейчас нужно сказать
capture-say-opening = Записываются показания: { $witness }, дело { $case }. Сейчас { $date }. Запись ведёт { $operator }. Место: { $place }. { $whose ->
    [prosecution] Свидетель вызван обвинением.
    [defence] Свидетель вызван защитой.
   *[court] Свидетель вызван судом.
 }
capture-say-call = { $witness }, пожалуйста, войдите. С этой минуты вас видят, слышат и записывают.
capture-say-present = Прошу всех присутствующих назвать своё имя и сказать, в каком качестве они здесь.
capture-say-witness-room = { $witness }, скажите, пожалуйста, кто ещё находится с вами в комнате, и покажите комнату камерой.
capture-say-identity = { $witness }, назовите, пожалуйста, своё полное имя и покажите в камеру удостоверение личности.
capture-say-oath = { $witness }, присягаете ли вы или обещаете ли вы говорить правду, всю правду и ничего, кроме правды?
capture-say-examination = Сейчас вопросы свидетелю задаёт { $counsel }.
capture-say-closing = Показания окончены: { $witness }. Сейчас { $date }. Когда заседание будет завершено, сервер суда опечатает запись. После этого её хранит: { $custody }.
capture-say-release = { $witness }, ваши показания окончены. Вы свободны. Спасибо.
capture-witness-room-field = Кто ещё там (если свидетель один, напишите «никто»)
capture-closing-field = Кто дальше хранит запись
capture-witness = Свидетель
capture-whose = Кем вызван
capture-whose-prosecution = обвинением
capture-whose-defence = защитой
capture-whose-court = судом
capture-place = Место
capture-enter = Сказано: занести
capture-off-record = Сначала начните запись: каждый шаг должен быть записан.
capture-no-witness = В списке этого заседания нет свидетеля.
capture-no-text = Сначала заполните поле «{ $field }».
capture-not-waiting = Свидетеля ещё нет в комнате ожидания.
capture-not-here = Свидетеля нет в зале.
capture-counsel-not-here = Представителя стороны нет в зале.
capture-examine-begin = Вопросы начинаются
capture-examine-end = Вопросы окончены
capture-leave-out = Пропустить этот шаг
capture-leave-out-title = Пропустить: { $step }?
capture-leave-out-text = Причина заносится в журнал заседания и опечатывается вместе с записью. Шаг можно сделать и позже.

objection-of = Возражение { $number }: { $name }
objection-number = возражение { $number }
objection-make = Возражаю
objection-how = Одно нажатие заносит ваше возражение с его временем. Затем назовите причину.
objection-waits = Ваше возражение { $number } занесено и ждёт решения.
objection-ruled = Ваше возражение { $number }: { $ruling ->
    [sustained] принято
    [overruled] отклонено
    [reserved] оставлено суду, который выслушает запись
   *[withdrawn] отозвано
 }.
objection-withdraw = Отозвать возражение
ruling-sustained = Принять
ruling-overruled = Отклонить
ruling-reserved = Оставить позднейшему суду

capture-now = Что сейчас происходит
capture-witness-stands = Заседание сейчас прервано. Вам ничего не нужно делать.
capture-witness-off-record = Сейчас ничего не записывается. Вам ничего не нужно делать.
capture-witness-objection = Сторона возражает. Подождите с ответом, пока суд не выскажется.
capture-witness-asks = Вас спрашивает { $name }. Отвечайте своими словами. Если вы что-то не поняли, скажите об этом.
capture-witness-opening = Суд открывает запись. Вам пока ничего не нужно говорить.
capture-witness-call = Суд открывает запись. Вам пока ничего не нужно говорить.
capture-witness-present = Все называют себя. Назовите своё имя, когда вас спросят.
capture-witness-witness-room = Скажите, кто ещё находится с вами в комнате. Суд может попросить показать комнату камерой.
capture-witness-identity = Суд проверяет, кто вы. Держите удостоверение личности под рукой.
capture-witness-oath = Суд просит вас присягнуть или пообещать, что вы скажете правду.
capture-witness-examination = Вопросы начнутся через минуту.
capture-witness-closing = Вопросов больше нет. Суд завершает запись.
capture-witness-release = Вопросов больше нет. Скоро суд вас отпустит.
capture-witness-ends = Ваши показания окончены. Суд завершает заседание.
capture-room-stands = Заседание сейчас прервано.
capture-room-off-record = Сейчас ничего не записывается.
capture-room-objection = Есть возражение. Свидетель ждёт с ответом, пока суд не выскажется.
capture-room-asks = Вопросы свидетелю задаёт { $name }.
capture-room-opening = Суд открывает запись.
capture-room-call = Следующим вызывается свидетель.
capture-room-present = Все называют себя. Когда дойдёт очередь до вас, назовите своё имя и свою роль.
capture-room-witness-room = Свидетель говорит, кто ещё находится в комнате.
capture-room-identity = Проверяется личность свидетеля.
capture-room-oath = Свидетель присягает или даёт обещание.
capture-room-examination = Вопросы свидетелю начнутся через минуту.
capture-room-closing = Суд завершает запись.
capture-room-release = Свидетеля отпускают.
capture-room-ends = Показания окончены. Суд завершает заседание.
break-ask = Попросить перерыв
break-take-back = Перерыв больше не нужен
break-asked = Суду показано, что вы подняли руку. Подождите, пока он к вам обратится.
break-how = Попросить перерыв можно в любую минуту: нажмите кнопку или скажите об этом.

did-state-opening = Занести вступление
did-state-present = Занести, кто присутствует
did-state-witness-room = Занести, кто в комнате свидетеля
did-examine = Вопросы задаёт { $name }
did-object = Возражение
did-rule = Возражение { $number }: { $ruling ->
    [sustained] принято
    [overruled] отклонено
    [reserved] оставлено позднейшему суду
   *[withdrawn] отозвано
 }
did-state-closing = Занести заключение
did-leave-out = Пропустить шаг

problem-not-testimony = Это относится к показаниям, которые записываются заранее. Это заседание другого рода.
problem-off-record = Это должно быть записано. Сначала начните запись.
problem-one-witness = Здесь записываются показания другого свидетеля. У каждого свидетеля своё заседание.
problem-steps-open = Один из шагов ещё не сделан. Сделайте его или пропустите с указанием причины; или отложите заседание.
problem-no-objection = Возражения с таким номером нет.

log-opening-stated = Вступление перед камерой, место
log-witness-of-prosecution = Свидетель обвинения
log-witness-of-defence = Свидетель защиты
log-witness-of-court = Свидетель суда
log-present-stated = Представление
log-witness-room-stated = Кто ещё в комнате свидетеля
log-examination-began = Начало вопросов
log-examination-ended = Конец вопросов
log-closing-stated = Заключение перед камерой, хранение
log-objection = Возражение
log-objection-sustained = Возражение принято
log-objection-overruled = Возражение отклонено
log-objection-reserved = Возражение оставлено позднейшему суду
log-objection-withdrawn = Возражение отозвано
log-objection-unruled = Возражение без решения
log-testimony-complete = Показания полны
log-testimony-incomplete = Показания не полны
log-opening-left-out = Вступление пропущено
log-call-left-out = Вызов пропущен
log-present-left-out = Пропущено: кто присутствует
log-witness-room-left-out = Пропущено: кто в комнате свидетеля
log-identity-left-out = Проверка личности пропущена
log-oath-left-out = Присяга пропущена
log-examination-left-out = Вопросы пропущены
log-closing-left-out = Заключение пропущено
log-release-left-out = Отпуск свидетеля пропущен

together-title = Запись, которую показывает суд
together-shown = Суд показывает запись: { $title }
together-loading = Запись загружается.
together-plays = Запись воспроизводится одновременно с заседанием.
together-stands = Воспроизведение приостановлено. Когда продолжать, решает суд.
together-waiting = Запись ждёт вашего соединения. Она продолжится сама, с того места, где все остальные.
together-failed = Сейчас запись нельзя показать вам полностью. Суд это видит. Попытка повторится сама.
together-silent = Браузер сдерживает звук записи. Нажмите кнопку, чтобы услышать его.
together-hear = Слушать запись
together-kept = Это изображение видит только суд
together-at = { $at } из { $length }
together-seal-same = Всё, что сверено, такое же, как при опечатывании
together-seal-partly = С опечатанным удалось сверить только часть
together-seal-begins = Сверяется с опечатанным
together-seal-none = Сейчас нельзя сверить с опечатанным
together-seal-differs = Не такое, как при опечатывании: сообщите суду

show-title = Показать записанные показания
show-none = В этом деле нет опечатанной записи показаний.
show-now = Показать всем
show-shown = Показываемая запись
show-play = Воспроизвести
show-pause = Остановить
show-put-away = Убрать
show-all-see = Все страницы в зале сообщают, что показывают её.
show-unseen = Не видят или пока не видят: { $names }
show-record = В записи этого заседания указано, откуда и докуда она воспроизводилась и для кого. Её копии там нет: из звука есть лишь то, что уловит микрофон. На время воспроизведения выключите микрофоны.

did-show-recording = Показать запись
did-play-recording = Воспроизвести запись
did-pause-recording = Остановить запись показаний
did-seek-recording = Перейти к другому месту записи
did-put-away-recording = Убрать запись

problem-no-such-recording = Это не опечатанная запись показаний по этому делу.
problem-nothing-shown = Сейчас никакая запись не показывается.

log-playback-shown = Показана запись показаний
log-playback-began = Воспроизведение показаний начато
log-playback-stopped = Воспроизведение показаний остановлено
log-playback-moved = Воспроизведение показаний: переход к другому месту
log-playback-reached-end = Показания воспроизведены до конца
log-playback-put-away = Запись убрана

log-playback-place = часть { $part }, { $at }
log-playback-from = от: { $place }
log-playback-to = до: { $place }
log-playback-shown-to = показано: { $names }
log-playback-not-confirmed = предложено, но страница не подтвердила: { $names }
log-playback-recording = эта запись

show-protocol-complete = все шаги протокола сделаны
show-protocol-left-out = некоторые шаги протокола пропущены с указанием причин; они в её журнале заседания
show-protocol-incomplete = протокол не пройден до конца
