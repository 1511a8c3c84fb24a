brand = Oyer
language = Til
skip-to-content = Asosiy mazmunga o‘tish
footer = Muhrlangan yozuvli masofaviy sud majlislari.
help-title = Yordam kerakmi? Sudga qo‘ng‘iroq qiling:
loading = Yuklanmoqda
cancel = Bekor qilish
try-again = Qayta urinish
put-away = Yopish
reason = Sabab
new-tab = (yangi oynada ochiladi)

role-judge = Sudya
role-panel_member = Hay’at a’zosi
role-clerk = Sud majlisi kotibi
role-prosecutor = Davlat ayblovchisi
role-defence_counsel = Himoyachi
role-accused = Ayblanuvchi
role-victim = Jabrlanuvchi
role-witness = Guvoh
role-expert = Ekspert
role-interpreter = Tarjimon
role-intermediary = Ko‘makchi
role-remote_point_officer = Masofaviy nuqta mas’uli
role-observer = Kuzatuvchi
role-press = Matbuot vakili
role-support_officer = Texnik yordam xodimi
who-staff = sud xodimi

state-listed = Hali boshlanmagan
state-open = Hali boshlanmagan
state-in-session = Majlis bormoqda
state-paused = Tanaffus
state-suspended = Texnik sababga ko‘ra to‘xtatilgan
state-adjourned = Keyinga qoldirilgan
state-closed = Yakunlangan
state-unknown = Hozir noma’lum

recording-off = Yozilmayapti
recording-starting = Yozuv boshlanmoqda
recording-nothing-to-record = Hozircha yozadigan narsa yo‘q
recording-recording = Yozilmoqda
recording-unknown = Yozilayotgani noma’lum
recording-failing = Yozuvda nosozlik
recording-not-here = Bu yerda yozilmaydi

recording-state-capturing = Yozilmoqda
recording-state-closed = Tugallangan, hali muhrlanmagan
recording-state-interrupted = Uzilib qolgan
recording-state-sealed = Muhrlangan
recording-state-attached = Muhrlangan va ishga qo‘shilgan
recording-state-disposed = Yo‘q qilingan
times-in-zone = Bu sahifadagi barcha vaqtlar qurilmangiz vaqti bo‘yicha: { $zone }.
time-of-device = Qurilmangiz vaqti bo‘yicha: { $zone }.

quality-good = Aloqa yaxshi
quality-weak = Aloqa sust
quality-bad = Aloqa juda sust
quality-unknown = Aloqa sifati noma’lum

home-title = Masofaviy sud majlislari
home-no-link = Sud majlisida qatnashish uchun sud sizga yuborgan havolani oching.
home-no-link-help = Havolani yo‘qotgan bo‘lsangiz, suddan yangisini so‘rang. O‘z havolasi bo‘lmagan kishi majlisga kira olmaydi.
home-to-hearing = Majlisga o‘tish
unknown-title = Bunday sahifa yo‘q
unknown-text = Manzilni tekshiring yoki sud sizga yuborgan havolani oching.
unknown-home = Bosh sahifaga
