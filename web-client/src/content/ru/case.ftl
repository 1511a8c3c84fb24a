cases-title = Дела
cases-none = Дел пока нет.
cases-older = Показать более ранние дела
case-caption = Дело { $reference }
case-problem = Дело нельзя показать
case-evidence = Электронные доказательства
case-evidence-none = Опечатанных записей пока нет. Запись появится здесь, когда её заседание будет завершено.
case-hearings = Заседания
case-hearings-none = Заседаний пока нет.
evidence-sealed = опечатано { $when }
evidence-length = длительность записи { $length }
evidence-interrupted = Эта запись прервана сбоем. Она опечатана в том виде, в каком была найдена.
hearing-new = Новое заседание
hearing-name = Название
hearing-when = Дата и время
hearing-create = Назначить заседание
hearing-created = Назначено: { $title }, { $when }.
hearing-people = Участники и ссылки
person-name = Имя
person-role = Роль
person-add = Добавить участника
invite-days = До какого времени действует ссылка: { $name }
invite-days-option = { $count ->
    [one] До { $count } дня после заседания
    [few] До { $count } дней после заседания
   *[other] До { $count } дней после заседания
 }
invite-days-option-now = { $count ->
    [one] { $count } день, считая с этого момента
    [few] { $count } дня, считая с этого момента
   *[other] { $count } дней, считая с этого момента
 }
invite-until = Она будет действовать до: { $until }.
invite-none = Действующих ссылок у этого участника нет.
invite-over-hearing = В это заседание больше нельзя войти, поэтому ссылки не создаются и участники не добавляются.
invite-removed = Удалён из заседания: ни одна ссылка не откроется, пока суд не разрешит вернуться.
invite-expires-removed = действовала бы до { $until }
invite-over = { $count ->
    [one] { $count } ссылка, которая больше не действует
    [few] { $count } ссылки, которые больше не действуют
   *[other] { $count } ссылок, которые больше не действуют
 }
invite-state-unused = Ещё не открывалась
invite-state-used = Открыта
invite-state-expired = Срок истёк
invite-state-revoked = Отозвана
invite-expires = действует до { $until }
invite-expired = срок был до { $until }
invite-redeemed = · открыта последний раз { $when }
invite-revoke-title = Отозвать ссылку участника: { $name }?
invite-revoke-text = Эта ссылка открыта. Тот, кто вошёл по ней, сразу удаляется из заседания, и больше она ничего не открывает.
invite-make = Создать ссылку
invite-once = Скопируйте ссылку сейчас: она показывается только один раз. До какого времени она действует: { $until }.
invite-link = Ссылка: { $name }
invite-copy = Копировать
invite-copied = Скопировано
invite-copied-told = Ссылка скопирована.
invite-copy-refused = Браузер не дал странице скопировать ссылку. Она выделена в поле: скопируйте её оттуда.
invite-revoke = Отозвать

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
player-went-on = Воспроизведение перешло к части { $number }.
player-picture-blank = В этот момент изображение не записывалось
player-picture-failed = Изображение сейчас не удаётся получить с сервера
player-picture-unplayable = Этот браузер не может воспроизвести это изображение
player-sound-failed = Звук сейчас не удаётся получить с сервера.
player-sound-unplayable = Этот браузер не может воспроизвести этот звук.
player-missing = Сейчас воспроизводится не всё, что записано. Отсутствует:

timeline-lanes = Кто говорил и чего нет
timeline-speaking = Говорит: { $names }
timeline-nobody = Не отмечено, чтобы кто-то говорил
timeline-missing = Сейчас отсутствует – { $what }
timeline-gap = { $what } ({ $cause })
timeline-gaps = { $source ->
    [microphone] Нет звука
    [camera] Нет изображения
   *[screen] Нет экрана
 }: { $cause }, { $total }
timeline-lane = { $count ->
    [one] { $name }: говорит { $count } раз. Перейти к следующему.
    [few] { $name }: говорит { $count } раза. Перейти к следующему.
   *[other] { $name }: говорит { $count } раз. Перейти к следующему.
 }
timeline-spoke = говорит
timeline-no-picture = нет изображения
timeline-no-sound = нет звука
timeline-markers = Отметки
timeline-keys = Нажмите на линию, чтобы перейти к этому моменту. На клавиатуре стрелки влево и вправо переходят к предыдущему и следующему разу, когда этот человек говорит.
captions-title = Из журнала заседания, сейчас
captions-switch = Показывать журнал заседания под изображением

sealed-same = Вы видите и слышите то, что было опечатано
sealed-count = Сверено и совпадает с опечатанным: { $same } из { $total } фрагментов примерно по две секунды ({ $percent } %), каждый – до показа.
sealed-begins = Сверка с печатью сейчас начнётся
sealed-begins-text = Каждый фрагмент длиной около двух секунд до показа сверяется с тем, что было опечатано. Пока ничего не сверено.
sealed-partly = Не всё, что здесь показано, сверено с печатью
sealed-before = Кое-что загружено раньше, чем пришёл опечатанный список. Чтобы сверить всё, загрузите страницу заново.
sealed-outside = Кое-что в этих файлах не входит ни в один опечатанный фрагмент – например, после сбоя, который их оборвал. Кнопка «Проверить» ниже проверяет файлы целиком:
sealed-no-digest = Здесь не проверяется
sealed-no-digest-text = Браузер ничего не сверяет с печатью, потому что страница открыта не по защищённому адресу (https). Нажмите «Проверить» ниже или проверьте пакет на своём устройстве.
sealed-too-long = Здесь не проверяется
sealed-too-long-text = Запись слишком длинная, чтобы сверять её при воспроизведении. Нажмите «Проверить» ниже или проверьте пакет на своём устройстве.
sealed-unreachable = Сейчас не проверяется
sealed-unreachable-text = Опечатанный список не удаётся получить с сервера, поэтому показанное с ним не сверяется.
sealed-rests-title = На чём это основано
sealed-rests = Страница вычисляет хеш каждого фрагмента звука и изображения и ищет его в списке, который вёлся во время заседания. Это тот самый список, который назван в печати.
sealed-rests-not = Что было опечатано, странице сообщает сервер этого суда; подпись здесь не проверяется. Для доказательства, которое не требует доверия к серверу, скачайте пакет и выполните «oyer verify» на своём устройстве.
sealed-alarm = Часть этого – не то, что было опечатано
sealed-alarm-text = Звук или изображение отличается от опечатанного, вот здесь:
sealed-alarm-list = Здесь нельзя сказать, что было опечатано
sealed-alarm-list-text = Список, с которым сверяются звук и изображение, – не тот, что был опечатан. Ничто из воспроизводимого здесь не проверено.
sealed-alarm-more = Есть ещё; перечислены только первые.
sealed-alarm-do = Не полагайтесь на это. Ничего не меняйте и не удаляйте на сервере. Нажмите «Проверить» ниже, запишите результат и время и сообщите тому, кто отвечает за записи суда. Что было опечатано, может показать пакет, выданный раньше.
sealed-differs = { $what }, часть { $part }: с { $from } до { $to }.
sealed-differs-unknown = { $what }, часть { $part }: в какой момент, неизвестно.
sealed-tile = Не так, как было опечатано

seal-title = Печать
seal-proves = Печать доказывает, что каждый файл точно таков, каким был при закрытии записи: один изменённый бит в любом из них её нарушает. В ней указаны время опечатывания и сертификат сервера этого суда.
seal-not = Она не доказывает, что сказанное верно и кто стоял перед камерой. Что происходило и чего не хватает, говорят журнал заседания и список пропусков на этой странице.
seal-interrupted = Эта запись прервана сбоем. Она опечатана в том виде, в каком была найдена, и это в ней отмечено.
seal-stopped = Сервер был остановлен во время заседания. Из-за этого запись закончилась — в штатном порядке, но не по решению суда.
seal-when = Опечатано
seal-manifest = SHA-256 подписанного списка файлов
seal-root = Отпечаток корневого сертификата (SHA-256)
seal-compare = Сравните отпечаток с тем, который суд опубликовал в другом месте. Только тогда печать доказывает, кто её поставил.

verify-title = Проверка
verify-text = Заново вычисляет все хеши и проверяет подпись здесь, на сервере. Чтобы не зависеть ни от кого, скачайте пакет и проверьте его на своём устройстве: как это сделать, сказано в файле VERIFY.txt внутри него.
verify-now = Проверить
verify-page = Скачать страницу, которая проверяет без этого сервера (работает без сети)
verify-busy = Проверяем
verify-running = Прочитано: { $percent } %. Запись читается целиком; страницу можно закрыть, результат всё равно будет внесён в цепочку хранения.
verify-ok = Ни одна проверка не выявила ошибок. В списке указано, что доказано, что основано на доверии и что не проверялось.
verify-failed = Хотя бы одно доказательство не подтверждено.
verify-all = { $count ->
    [one] { $count } проверка по отдельности
    [few] { $count } проверки по отдельности
   *[other] { $count } проверок по отдельности
 }
verify-detail = Словами самой программы (по-английски)
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
access-refused = Копию сейчас не удаётся получить с сервера.

log-title = Журнал заседания
log-none = Журнал пуст.
log-by = внёс(ла): { $name }
log-sum = { $count ->
    [one] { $count } запись
    [few] { $count } записи
   *[other] { $count } записей
 }
log-part = Часть { $segment }
log-off = Без записи
log-play = Воспроизвести с { $at }
log-not-here = Этой части в данной записи нет, воспроизвести её здесь нельзя.
log-elsewhere = Эта часть находится в другой записи этого заседания.
log-elsewhere-open = Открыть запись с частью { $segment }
log-opened = Залы открыты
log-began = Заседание начато
log-entered = Вход
log-admitted = Допуск в зал
log-left = Выход
log-sent-to-waiting = Возвращение в комнату ожидания
log-dismissed = Участие завершено
log-removed = Удаление из заседания
log-returned = Возвращение в зал заседания
log-to-consultation = Конфиденциальная консультация
log-retired = Удаление в совещательную комнату
log-muted = Микрофон выключен судом
log-unmuted = Снова разрешено говорить
log-called = Вызов
log-screened = Изображение скрыто от
log-unscreened = Изображение снова видно всем
log-identified = Личность установлена
log-sworn = Присяга принята
log-affirmed = Торжественное обещание дано
log-released = Показания окончены
log-on-record = Запись начата
log-off-record = Запись остановлена
log-paused = Перерыв
log-suspended = Прервано по технической причине
log-resumed = Продолжено
log-adjourned = Отложено
log-closed = Заседание завершено
log-in-camera = Закрытое заседание
log-in-public = Открытое заседание
log-marker = Метка
log-disconnected = Связь потеряна
log-reconnected = Связь восстановлена
log-link-declined = Ссылку открыл человек, сказавший, что она не для него
log-seat-taken-over = Новый вход с другого устройства или страницы при действующем соединении
log-interrupted = Прервано сбоем
log-record-failed = Сбой записи
log-record-restored = Запись продолжается

speech-title = Кто и когда говорил
speech-none = В журнале не отмечено, чтобы кто-либо говорил.
speech-people = { $count ->
    [one] { $count } человек
    [few] { $count } человека
   *[other] { $count } человек
 }
speech-text = Измерено по громкости каждого записанного микрофона с точностью примерно до трети секунды. Паузы короче двух секунд включены; очень короткое слово может быть пропущено, а шум — принят за речь. Видно, чей микрофон был слышен, но не кто сидел перед ним.
speech-sum = { $count ->
    [one] { $count } раз, { $total }
    [few] { $count } раза, { $total }
   *[other] { $count } раз, { $total }
 }
speech-open = Часть { $segment }, с { $from }; сбой прервал журнал до окончания, в сумму не входит

gaps-title = Пропуски
gaps-none = Пропусков нет.
gaps-count = { $count ->
    [one] { $count } пропуск
    [few] { $count } пропуска
   *[other] { $count } пропусков
 }
gaps-text = Здесь всё, чего не хватает, по участникам и причинам; откройте строку, чтобы увидеть каждый пропуск. Заполненная тишина тоже учтена. Там, где источник продолжается в другом файле, ничего не пропало, и это не считается.
gaps-span = Часть { $segment }, { $from }–{ $to }
gaps-sum = { $count ->
    [one] { $count } пропуск, всего { $total }
    [few] { $count } пропуска, всего { $total }
   *[other] { $count } пропусков, всего { $total }
 }
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
gap-not-started = ещё не записывалось
gap-ended = источник отключён

tracks-title = Файлы
tracks-sum = { $count ->
    [one] { $count } файл с хешем
    [few] { $count } файла с хешами
   *[other] { $count } файлов с хешами
 }
custody-title = Цепочка хранения
custody-sum = { $count ->
    [one] { $count } действие
    [few] { $count } действия
   *[other] { $count } действий
 }
custody-text = Кто и что делал с этой записью. Каждая строка содержит хеш предыдущей, поэтому ни одну нельзя незаметно изменить или пропустить.
custody-recorded = Записано
custody-sealed = Опечатано
custody-attached = Приобщено к делу
custody-time-stamped = Поставлена метка времени
custody-viewed = Просмотрено
custody-verified = Проверено
custody-exported = Выдано
custody-access-copy = Сделана копия для просмотра
custody-enclosed = Зашифровано в месте хранения
custody-media-requested = Запрошено
custody-request-refused = В запросе отказано
custody-released = Предоставлено
custody-release-withdrawn = Предоставление отозвано
custody-played = Воспроизведено
custody-retention-set = Установлен срок хранения
custody-held = Наложен запрет на уничтожение
custody-hold-lifted = Запрет на уничтожение снят
custody-disposal-proposed = Предложено уничтожить
custody-disposal-decided = Принято решение об уничтожении
custody-disposed = Уничтожено
custody-about-part = часть { $part }, с { $from } до { $to }
custody-about-span = с { $from } до { $to }
custody-about-to = кому: { $name }
custody-state-open = начато; окончание не внесено
custody-state-succeeded = выполнено
custody-state-failed = не выполнено
custody-verified-open = начато; окончание не внесено
custody-verified-succeeded = всё подтверждено
custody-verified-failed = одно из доказательств не подтверждено

proof-names = Имена файлов
proof-bag = Строение пакета
proof-manifest = Список опечатанных файлов
proof-seal = Подпись печати
proof-signer = Кто опечатал
proof-signing-time = Время опечатывания
proof-payload-complete = Ни один файл не пропал и не добавлен
proof-payload-digests = Каждый файл таков, каким опечатан
proof-seal-document = Документ печати
proof-tracks = Дорожки
proof-fragments = Фрагменты
proof-gaps = Объявленные пропуски
proof-court-log = Журнал заседания
proof-tag-files = Файлы рядом с записью
proof-custody = Цепочка хранения
proof-previous = Предыдущая запись
proof-time-stamp = Метка времени печати
proof-independent-time = Независимое подтверждение времени
proof-disposal = Свидетельство об уничтожении
proof-revocation = Отозванные сертификаты
proof-content = Что видно и слышно
found-names-proved = Все имена правильны, и ни одна ссылка не ведёт в другое место.
found-bag-proved = Запись имеет должное строение, ни одна её часть не пропала.
found-manifest-proved = Список опечатанных файлов читается и называет каждый файл один раз.
found-disposal-proved = Свидетельство подписано, с меткой времени и соответствует опечатанному списку файлов.
found-disposal-trusted = Кто принял решение и что файлы удалены — это слово суда.
found-seal-proved = Подпись подлинна: список файлов не менялся с момента опечатывания.
found-seal-failed = Подпись не подтверждена: список файлов изменён или подписан кем-то другим.
found-signer-trusted = Печать поставлена ключом этого суда. Чтобы убедиться в этом, сравните отпечаток.
found-signer-not-checked = Чьим ключом поставлена печать, не проверялось. Сравните отпечаток с тем, который суд опубликовал в другом месте.
found-signer-failed = Печать поставлена не ключом этого суда.
found-signing-time-trusted = Время печати указано по часам самого суда.
found-signing-time-failed = На печати указано время, которое ещё не наступило.
found-payload-complete-proved = Все опечатанные файлы на месте, лишних нет.
found-payload-complete-failed = Опечатанный файл пропал, или файл был добавлен позже.
found-payload-digests-proved = Каждый файл до последнего бита таков, каким был опечатан.
found-payload-digests-failed = Файл не таков, каким был опечатан: его изменили или он повреждён.
found-seal-document-proved = Документ печати соответствует файлам.
found-tracks-proved = Каждая названная в печати дорожка на месте и имеет указанную длину.
found-tracks-not-checked = Файл таков, каким был опечатан; что он означает, в этом формате не сказано.
found-fragments-proved = Каждый фрагмент таков, каким был записан, и стоит в том же порядке.
found-gaps-proved = Список пропусков полон и соответствует дорожкам.
found-court-log-proved = Журнал заседания полон, порядок не нарушен.
found-tag-files-proved = Файлы рядом с записью таковы, какими были выданы.
found-custody-proved = Каждая строка содержит хеш предыдущей; ни одна не изменена и не пропущена.
found-custody-trusted = То, что внесены все действия, основано на слове суда.
found-custody-not-checked = Цепочка хранения прилагается к выдаваемому пакету и проверяется там.
found-custody-failed = Цепочка нарушена: строку изменили, убрали или добавили, либо она относится к другой записи.
found-previous-not-checked = Эта запись продолжает более раннюю. Проверьте и её.
found-time-stamp-proved = Метка времени подлинна: в указанное время печать уже существовала.
found-time-stamp-failed = Метка времени не подтверждена: она не относится к этой печати, или её время не может быть верным.
found-time-stamp-not-checked = Метки времени нет. О времени опечатывания свидетельствует только суд.
found-independent-time-trusted = Время подтверждено независимой от суда службой, которой вы доверяете.
found-independent-time-not-checked = Время не подтверждено никем вне суда, кому вы решили доверять.
found-revocation-not-checked = Отозван ли сертификат, может сказать только суд.
found-content-not-checked = Неизменность байтов ничего не говорит о том, кто виден и правда ли сказанное.
found-any-failed = Это не подтверждено. Не полагайтесь на запись, пока не выяснена причина.
