bench-title = Управление заседанием
bench-sitting = Заседание
bench-more = Другие действия
bench-stale = Нет связи: здесь показано то, что было, когда она прервалась. Пока связи нет, действия невозможны.
bench-warnings = Предупреждения
warning-link-declined = { $time }: ссылку открыл человек, который говорит, что он не { $name }. Секретарь может отозвать ссылку и выдать новую.
warning-seat-taken-over = { $time }: новый вход с другого устройства или страницы: { $name }. Прежняя страница отключена. Убедитесь, что это { $name }.
bench-open = Открыть залы
bench-begin = Начать заседание
bench-on-record = Начать запись
bench-off-record = Остановить запись
bench-pause = Перерыв
bench-resume-on-record = Продолжить с записью
bench-resume-off-record = Продолжить без записи
bench-retire = Удалиться в совещательную комнату
bench-return = Вернуться в зал заседания
bench-in-camera = Закрыть для публики
bench-in-public = Открыть для публики
bench-end = Прервать, отложить или завершить
bench-suspend = Прервать
bench-adjourn = Отложить
bench-close = Завершить заседание
bench-marker = Метка в журнале заседания
bench-mark = Поставить
bench-record-off = В зале заседания: без записи
bench-record-starting = В зале заседания: запись начинается
bench-record-nothing-to-record = В зале заседания: пока нечего записывать
bench-record-recording = В зале заседания: идёт запись
bench-record-unknown = В зале заседания: неизвестно, идёт ли запись
bench-record-failing = В зале заседания: сбой записи

suspend-title = Прервать по технической причине?
suspend-text = Пока вы не продолжите, никого не видно и не слышно. Идущая запись останавливается и возобновится, когда вы продолжите с записью. Причина заносится в журнал заседания.
suspend-confirm = Прервать
adjourn-title = Отложить заседание?
adjourn-text = Заседание пока заканчивается. Причина заносится в журнал заседания и сообщается участникам заседания. Те, кто ещё ждёт, узнают только, когда оно продолжится.
adjourn-confirm = Отложить
adjourn-next = Следующая дата
adjourn-next-hint = Если она известна.
close-title = Завершить заседание окончательно?
close-text = Заседание заканчивается для всех. Запись опечатывается, и добавить к ней ничего уже нельзя.
close-confirm = Завершить и опечатать

people-waiting = Ожидают
people-waiting-none = Никто не ожидает.
people-here = В зале заседания
people-here-none = В зале никого нет.
people-apart = В других комнатах
people-apart-none = В других комнатах никого нет.
people-absent = Ещё не пришли
people-absent-none = Пришли все.
people-gone = Отпущены или удалены
people-gone-none = Никого.
person-admit = Впустить
person-call = Вызвать
person-identify = Личность установлена
person-oath = Присяга принята
person-affirm = Торжественное обещание
person-release = Окончить показания и отпустить
person-mute = Выкл. звук
person-unmute = Разрешить говорить
person-more = Ещё
person-back = Вернуть в зал заседания
person-consult = На конфиденциальную консультацию
person-consult-with = На консультацию, где { $names }
person-send-to-waiting = Отправить в комнату ожидания
person-dismiss = Завершить участие
person-remove = Удалить
person-screening = Скрыть изображение от …
person-readmit = Разрешить вернуться
sign-hand = Рука поднята
sign-checking = Проверяет оборудование
sign-check-left = Связь потеряна при проверке оборудования
sign-removed = Удалён(а)
sign-muted = Микрофон выключен судом
sign-kept-from = Изображение скрыто от: { $names }
sign-consultation = Конфиденциальная консультация { $number }
sign-equipment = Проверка оборудования не пройдена
sign-lost = Связь потеряна
testimony-called = Вызов
testimony-identified = Личность установлена
testimony-sworn = Присяга принята
testimony-affirmed = Обещание принято
testimony-released = Показания окончены
remove-title = Удалить участника: { $name }?
remove-text = Участник удаляется сразу, и ссылка не откроется, пока вы не разрешите ему вернуться. Причина заносится в журнал заседания.
remove-confirm = Удалить
screening-title = Кому не должно быть видно участника: { $name }?
screening-text = Отмеченные лица слышат участника ({ $name }), но не видят его — с этого момента и в любой комнате. Суд видит его всегда; в записи изображение остаётся.
screening-confirm = Применить

acts-title = Последние действия
act-pending = Выполняется
act-done = выполнено
act-failed = не выполнено
act-not-here-yet = Участник может вернуться, но его ещё нет.
did-finish-check = Проверка оборудования
did-check-equipment = Повторная проверка оборудования
did-set-source = { $source ->
    [microphone] Микрофон
    [camera] Камера
   *[screen] Экран
 }: { $on ->
    [yes] включить
   *[no] выключить
 }
did-raise-hand = { $on ->
    [yes] Поднять руку
   *[no] Опустить руку
 }
did-leave = Выйти
did-admit = Впустить: { $name }
did-send-to-waiting = В комнату ожидания: { $name }
did-readmit = Разрешить вернуться: { $name }
did-dismiss = Завершить участие: { $name }
did-remove = Удалить: { $name }
did-screening = Решить, кому видно участника: { $name }
did-move = Перевести в другую комнату: { $name }
did-mute = { $on ->
    [yes] Выключить микрофон: { $name }
   *[no] Разрешить говорить: { $name }
 }
did-call = Вызвать: { $name }
did-identify = Личность установлена: { $name }
did-swear = { $form ->
    [affirmation] Торжественное обещание: { $name }
   *[oath] Присяга: { $name }
 }
did-release = Окончить показания и отпустить: { $name }
did-open = Открыть залы
did-begin = Начать заседание
did-pause = Перерыв
did-suspend = Прервать
did-resume = Продолжить
did-adjourn = Отложить
did-close = Завершить заседание
did-go-on-record = Начать запись
did-go-off-record = Остановить запись
did-in-camera = { $on ->
    [yes] Закрыть для публики
   *[no] Открыть для публики
 }
did-mark = Метка «{ $text }»
