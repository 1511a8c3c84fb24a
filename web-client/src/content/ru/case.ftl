cases-title = Дела
cases-none = Дел пока нет.
case-new = Новое дело
case-reference = Номер дела
case-title = Название
case-create = Создать дело
case-caption = Дело { $reference }
case-problem = Дело нельзя показать
case-evidence = Электронные доказательства
case-evidence-none = Опечатанных записей пока нет. Запись появится здесь, когда её заседание будет закрыто.
case-hearings = Заседания
case-hearings-none = Заседаний пока нет.
evidence-sealed = опечатано { $when }
evidence-length = длительность записи { $length }
evidence-interrupted = Эта запись прервана сбоем. Она опечатана в том виде, в каком была найдена.
hearing-new = Новое заседание
hearing-name = Название
hearing-when = Дата и время
hearing-create = Назначить заседание
hearing-people = Участники и ссылки
person-name = Имя
person-role = Роль
person-add = Добавить участника
invite-days = Срок действия ссылки: { $name }
invite-days-option = { $count ->
    [one] { $count } день
    [few] { $count } дня
   *[other] { $count } дней
 }
invite-make = Создать ссылку
invite-once = Ссылка показана только сейчас. Она действует до { $until }.
invite-link = Ссылка: { $name }
invite-copy = Копировать
invite-copied = Скопировано
invite-revoke = Отозвать
invite-revoked = Ссылка отозвана и больше ничего не открывает.

recording-problem = Запись нельзя показать
recording-page-title = Запись: { $title }
player-title = Проигрыватель
player-nothing = Ничего не записано.
player-segment = Часть записи
player-segment-option = Часть { $number } ({ $length })
player-tracks = Записанные участники
player-no-picture = Изображение не записано
player-no-sound = Звук не записан
player-sound = Звук
player-play = Воспроизвести
player-pause = Остановить
player-back = Назад 10 с
player-forward = Вперёд 10 с
player-speed = Скорость
player-position = Позиция
player-position-text = { $at } из { $length }
player-loading = Загрузка
player-gap = В этот момент изображение не записывалось
player-error = Эту дорожку здесь нельзя воспроизвести

seal-title = Печать
seal-proves = Печать доказывает, что каждый файл точно таков, каким был при закрытии записи: один изменённый бит в любом из них её нарушает. В ней указаны время опечатывания и сертификат сервера этого суда.
seal-not = Она не доказывает, что сказанное верно и кто стоял перед камерой. Что происходило и чего не хватает, говорят журнал заседания и список пропусков ниже.
seal-interrupted = Эта запись прервана сбоем. Она опечатана в том виде, в каком была найдена, и это в ней отмечено.
seal-when = Опечатано
seal-manifest = SHA-256 подписанного списка файлов
seal-root = Отпечаток корневого сертификата (SHA-256)
seal-compare = Сравните отпечаток с тем, который суд опубликовал в другом месте. Только тогда печать доказывает, кто её поставил.

verify-title = Проверка
verify-text = Заново вычисляет все хеши и проверяет подпись здесь, на сервере. Чтобы не зависеть ни от кого, скачайте пакет и проверьте его на своём устройстве: как это сделать, сказано в файле VERIFY.txt внутри него.
verify-now = Проверить
verify-busy = Проверяем
verify-ok = Ни одна проверка не выявила ошибок. В списке указано, что доказано, что основано на доверии и что не проверялось.
verify-failed = Хотя бы одно доказательство не подтверждено.
verdict-proved = Доказано
verdict-trusted = Принято на доверии
verdict-not-checked = Не проверялось
verdict-failed = Не подтверждено

download-title = Выдача
download-text = В пакете исходные файлы, печать, журнал заседания, пропуски и цепочка хранения. Получатель может проверить его без этого сервера. Скачивание заносится в цепочку хранения.
download-now = Скачать пакет

access-title = Копия для просмотра
access-text = Один фильм, где все видны на одном экране, сделанный из оригиналов. Он удобен, но ничего не доказывает: доказательство — оригиналы.
access-make = Сделать копию
access-running = Копия готовится: { $percent } %
access-failed = Не удалось сделать копию. { $detail }

log-title = Журнал заседания
log-none = Журнал пуст.
log-by = действие: { $name }
log-play = Воспроизвести с { $at }
log-opened = Залы открыты
log-began = Заседание начато
log-entered = Вход
log-admitted = Допущен в зал
log-left = Выход
log-sent-to-waiting = Отправлен в комнату ожидания
log-dismissed = Участие завершено
log-removed = Удалён
log-returned = Возвращён в зал заседания
log-to-consultation = На конфиденциальной консультации
log-retired = Удалился в совещательную комнату
log-muted = Лишён слова
log-unmuted = Слово возвращено
log-screened = Изображение скрыто от
log-unscreened = Изображение снова видно всем
log-called = Вызван
log-identified = Личность установлена
log-sworn = Приведён к присяге
log-affirmed = Дал торжественное обещание
log-released = Отпущен
log-on-record = Запись начата
log-off-record = Запись остановлена
log-paused = Перерыв
log-suspended = Прервано по технической причине
log-resumed = Продолжено
log-adjourned = Отложено
log-closed = Заседание закрыто
log-in-camera = Закрыто для публики
log-in-public = Открыто для публики
log-marker = Метка
log-disconnected = Связь потеряна
log-reconnected = Связь восстановлена
log-interrupted = Прервано сбоем
log-record-failed = Сбой записи

gaps-title = Пропуски
gaps-none = Пропусков нет.
gaps-text = Здесь каждый отрезок, на котором в дорожке нет записанного звука или изображения, с его причиной. Тишина, которой заполнен пропуск, тоже указана.
gaps-span = Часть { $segment }, { $from }–{ $to }
gaps-track = { $source ->
    [microphone] Звук
    [camera] Изображение
   *[screen] Экран
 }: { $name }
gap-muted = выключено
gap-lost = потеряно в сети
gap-stalled = от отправителя ничего не поступало
gap-outage = сбой на нашей стороне
gap-late-key-frame = ожидание первого полного кадра
gap-not-started = ещё не подключён
gap-ended = уже отключён

tracks-title = Файлы
custody-title = Цепочка хранения
custody-text = Кто и что делал с этой записью. Каждая строка содержит хеш предыдущей, поэтому ни одну нельзя незаметно изменить или пропустить.
custody-recorded = Записано
custody-sealed = Опечатано
custody-attached = Приобщено к делу
custody-viewed = Просмотрено
custody-verified = Проверено
custody-exported = Выдано
custody-access-copy = Сделана копия для просмотра

proof-file-names = Имена файлов
proof-form-of-the-bundle = Строение пакета
proof-list-of-sealed-files = Список опечатанных файлов
proof-signature-of-the-seal = Подпись печати
proof-who-sealed = Кто опечатал
proof-time-of-the-seal = Время опечатывания
proof-no-file-missing-or-added = Ни один файл не пропал и не добавлен
proof-every-file-as-it-was-sealed = Каждый файл таков, каким опечатан
proof-seal-document = Документ печати
proof-tracks = Дорожки
proof-fragments = Фрагменты
proof-declared-gaps = Объявленные пропуски
proof-court-log = Журнал заседания
proof-files-beside-the-recording = Файлы рядом с записью
proof-chain-of-custody = Цепочка хранения
proof-earlier-recording = Предыдущая запись
proof-time-from-elsewhere = Независимое подтверждение времени
proof-revoked-certificates = Отозванные сертификаты
proof-what-is-seen-and-heard = Что видно и слышно
