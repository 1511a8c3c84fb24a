reason-label = Причина
requests-title = Запросы и предоставление
requests-sum = { $count ->
    [0] запросов нет
    [one] { $count } запрос
    [few] { $count } запроса
   *[other] { $count } запросов
 }{ $pending ->
    [0] {""}
   *[other] , ждут решения: { $pending }
 }
requests-text = Кто запрашивал эту запись и что кому предоставлено. Каждый запрос, решение и просмотр заносятся в цепочку хранения; причины остаются здесь, в материалах дела.
requests-none = Эту запись никто не запрашивал.
request-number = Запрос № { $number }
request-form = Что запрашивается
request-form-access-copy = Копия для просмотра с именем получателя
request-form-bundle = Опечатанный пакет: оригиналы с печатью
request-to = Для кого
request-by = Кто запросил
request-reason = Основание
request-decision = Решение
request-withdrawal = Отозвано
request-opens-until = Открывается до
request-opened-until = Открывалось до
request-state-pending = ждёт решения
request-state-granted = предоставлено
request-state-refused = отказано
request-state-withdrawn = отозвано
request-state-over = срок истёк
request-name = Имя того, для кого запрашивается
request-grant = Предоставить
request-grant-text = Запись предоставляется только этому лицу: { $name }. Вы получите ссылку, чтобы передать её.
request-grant-now = Предоставить запись
request-days = Как долго открывается
request-days-option = { $count ->
    [one] { $count } день
    [few] { $count } дня
   *[other] { $count } дней
 }
request-refuse = Отказать
request-refuse-now = Отказать в запросе
request-enter = Внести запрос за другое лицо
request-enter-text = Для запроса, пришедшего письмом или по телефону. Он ждёт решения, как и другие.
request-enter-now = Внести запрос
request-ask = Запросить эту запись
request-ask-text = Суд решает и называет причину. Решение вы увидите здесь.
request-ask-now = Отправить запрос
release-link-make = Сделать новую ссылку
release-link-hint = Новая ссылка отменяет прежнюю.
release-link-once = Скопируйте ссылку сейчас и передайте надёжным путём (кому: { $name }): она показывается один раз, и открыть запись может каждый, у кого она есть.
release-link-close = Ссылка скопирована
release-copy-done = Копия с именем готова.
release-copy-none = Копия с именем делается, когда запись открывают.
release-withdraw = Отозвать
release-withdraw-text = Ссылка и копия сразу перестают открываться, в том числе у того, кто смотрит сейчас. Скачанное раньше остаётся у того, у кого оно есть.
release-withdraw-now = Отозвать предоставление
release-title = Запись, предоставленная судом
release-text = Суд предоставил запись тому, кому он дал эту ссылку. Суд отмечает, когда запись открыли и что из неё воспроизвели.
release-open = Открыть запись
release-no-link = Эта страница открывается по ссылке, которую дал вам суд. Откройте ссылку ещё раз.
release-for = Предоставлено: { $name }, запрос № { $number }.
release-until = Открывается до { $until }.
release-copy-text = Копия для просмотра: в фильме видны все, и на нём имя того, для кого он сделан. Само доказательство — опечатанные оригиналы в суде.
release-bundle-text = В пакете исходные файлы, печать и цепочка хранения. VERIFY.txt в нём говорит, как проверить его без сервера суда.
release-logged = Суд отмечает, что и когда вы воспроизводите. Не передавайте запись другим.
recordings-title = Записи вашего заседания
recordings-ask = Запросить запись этого заседания
recordings-text = Вы можете запросить запись у суда. Суд решает, и то, что он предоставит вам, открывается здесь до названного им дня.
recordings-none = Опечатанной записи этого заседания пока нет.
played-unsaid = { $count ->
    [one] { $count } просмотренный отрезок пока не удалось занести в цепочку хранения; попытки продолжаются.
    [few] { $count } просмотренных отрезка пока не удалось занести в цепочку хранения; попытки продолжаются.
   *[other] { $count } просмотренных отрезков пока не удалось занести в цепочку хранения; попытки продолжаются.
 }

decision-text = { $by }, { $when } — { $reason }
retention-title = Сколько хранятся записи
retention-none = Не указано, чем закончилось дело. До тех пор записи хранятся.
retention-rule = { $class }, решение от { $decided }: хранятся до { $until }.
retention-sentence = Срок наказания: { $count ->
    [one] { $count } месяц.
    [few] { $count } месяца.
   *[other] { $count } месяцев.
 }
retention-set-by = Указал: { $by }, { $when }
retention-held = Действует запрет на уничтожение: ничего не уничтожается, в том числе то, что одобрено.
retention-due = Этот срок истёк. Запись можно уничтожить, если один человек предложит, а другой одобрит.
retention-set = Указать, чем закончилось дело
retention-set-now = Указать
retention-class = Решение
retention-class-acquittal = Оправдание
retention-class-non-custodial = Без лишения свободы
retention-class-custodial = Лишение свободы на срок
retention-class-life = Пожизненное заключение
retention-day = День решения
retention-months = Срок наказания в месяцах
hold-number = Запрет на уничтожение № { $number }
hold-in-force = действует
hold-lifted = снят
hold-lifted-by = Снят: { $text }
hold-lift = Снять запрет
hold-lift-now = Снять
hold-set = Запретить уничтожение
hold-set-text = Ни одна запись этого дела не уничтожается, пока не сняты все запреты.
hold-set-now = Запретить
disposal-proposed = предложено уничтожить, ждёт второго человека
disposal-approved = одобрено, ещё не уничтожено
disposal-rejected = не уничтожено: предложение отклонено
disposal-carrying-out = уничтожается; не завершено
disposal-done = уничтожено
disposal-proposed-by = Предложение: { $text }
disposal-decided-by = Решение: { $text }
disposal-done-at = Уничтожено { $when }
disposal-own = Это предложили вы: одобрить должен другой человек.
disposal-propose = Предложить уничтожить: { $name }
disposal-propose-text = Этим ничего не уничтожается. Одобрить должен второй человек.
disposal-propose-now = Предложить
disposal-approve = Одобрить
disposal-approve-text = Пока ничего не уничтожается: после одобрения уничтожение можно выполнить, а до этого отклонить или остановить запретом.
disposal-approve-now = Одобрить уничтожение
disposal-reject = Отклонить
disposal-reject-now = Отклонить предложение
disposal-carry-out = Уничтожить сейчас
disposal-carry-out-title = Уничтожить: { $name }?
disposal-carry-out-text = Файлы записи и все копии на этом сервере удаляются. Вернуть их нельзя. Остаются подписанное свидетельство и цепочка хранения. Резервных копий и выданных копий это не касается.
disposal-carry-out-now = Уничтожить запись
disposed-text = Суд уничтожил эту запись, как велят его правила: её файлы удалены с сервера к { $when }.
disposed-kept-until = Должна была храниться до
disposed-proposed-by = Предложил
disposed-approved-by = Одобрил
disposed-was = Что уничтожено
disposed-files = { $count ->
    [one] { $count } файл, { $bytes }
    [few] { $count } файла, { $bytes }
   *[other] { $count } файлов, { $bytes }
 }
disposed-second = Её копия во втором хранилище
disposed-second-deleted = Тоже удалена
disposed-second-locked = Когда свидетельство подписано, ещё не удалена: хранилище держит её под замком. Срок замка: { $until }. После этого она удаляется; когда это сделано, говорит цепочка хранения.
disposed-second-not-deleted = Когда свидетельство подписано, ещё не удалена: хранилище не ответило или отказало. Попытки повторяются; когда это сделано, говорит цепочка хранения.
disposed-certificate = SHA-256 свидетельства
disposed-verify = Свидетельство говорит, что уничтожено, по какому правилу и кто это решил. Оно подписано и с меткой времени; «oyer verify» проверяет его вместе с цепочкой хранения без этого сервера. О резервных копиях и о выданных копиях оно не говорит ничего.
disposed-download = Скачать свидетельство
disposed-download-pdf = Свидетельство для чтения и печати (PDF)
