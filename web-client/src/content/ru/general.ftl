brand = Oyer
language = Язык
skip-to-content = Перейти к основному содержанию
footer = Дистанционные судебные заседания с записью, защищённой электронной печатью.
help-title = Нужна помощь? Позвоните в суд:
loading = Загрузка
cancel = Отмена
try-again = Попробовать снова
put-away = Убрать
reason = Причина
new-tab = (откроется в новой вкладке)

role-judge = Судья
role-panel_member = Член коллегии
role-clerk = Секретарь судебного заседания
role-prosecutor = Гособвинитель
role-defence_counsel = Защитник
role-accused = Обвиняемый
role-victim = Потерпевший
role-witness = Свидетель
role-expert = Эксперт
role-interpreter = Переводчик
role-intermediary = Посредник
role-remote_point_officer = Сотрудник удалённого пункта
role-observer = Наблюдатель
role-press = Пресса
role-support_officer = Технический специалист
who-staff = сотрудник суда

state-listed = Ещё не началось
state-open = Ещё не началось
state-in-session = Заседание идёт
state-paused = Перерыв
state-suspended = Прервано по технической причине
state-adjourned = Отложено
state-closed = Завершено
state-unknown = Сейчас неизвестно

recording-off = Без записи
recording-starting = Запись начинается
recording-nothing-to-record = Пока нечего записывать
recording-recording = Идёт запись
recording-unknown = Неизвестно, идёт ли запись
recording-failing = Сбой записи
recording-not-here = Здесь запись не ведётся

recording-state-capturing = Записывается
recording-state-closed = Завершена, ещё не опечатана
recording-state-interrupted = Прервана
recording-state-sealed = Опечатана
recording-state-attached = Опечатана и приобщена к делу
recording-state-disposed = Уничтожена
times-in-zone = Все времена на этой странице — по времени вашего устройства: { $zone }.
time-of-device = По времени вашего устройства: { $zone }.

quality-good = Хорошая связь
quality-weak = Слабая связь
quality-bad = Очень слабая связь
quality-unknown = Качество связи неизвестно

home-title = Дистанционные судебные заседания
home-no-link = Чтобы участвовать в заседании, откройте ссылку, которую прислал вам суд.
home-no-link-help = Если вы её потеряли, попросите у суда новую. Без собственной ссылки войти в заседание нельзя.
home-to-hearing = Перейти к заседанию
unknown-title = Такой страницы нет
unknown-text = Проверьте адрес или откройте ссылку, которую прислал вам суд.
unknown-home = На главную
