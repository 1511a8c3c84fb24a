bench-title = Majlisni boshqarish
bench-sitting = Majlis
bench-more = Boshqa amallar
bench-stale = Aloqa yo‘q: bu yerda aloqa uzilgan paytdagi holat turibdi. Aloqa tiklanguncha hech narsa qilib bo‘lmaydi.
bench-warnings = Ogohlantirishlar
warning-link-declined = { $time }: havolani ochgan kishi o‘zi { $name } emasligini aytdi. Kotib havolani bekor qilib, yangisini berishi mumkin.
warning-seat-taken-over = { $time }: { $name } boshqa qurilma yoki sahifadan qayta kirdi; avvalgi sahifa uzildi. Bu { $name } ekaniga ishonch hosil qiling.
bench-open = Zallarni ochish
bench-begin = Majlisni boshlash
bench-on-record = Yozuvni boshlash
bench-off-record = Yozuvni to‘xtatish
bench-pause = Tanaffus
bench-resume-on-record = Yozuv bilan davom ettirish
bench-resume-off-record = Yozuvsiz davom ettirish
bench-retire = Maslahatxonaga kirish
bench-return = Majlis zaliga qaytish
bench-in-camera = Yopiq majlisga o‘tish
bench-in-public = Ochiq majlisga o‘tish
bench-end = To‘xtatish, qoldirish yoki yakunlash
bench-suspend = Texnik to‘xtatish
bench-adjourn = Keyinga qoldirish
bench-close = Majlisni yakunlash
bench-marker = Qaydnomaga belgi
bench-mark = Qo‘yish
bench-record-off = Majlis zalida: yozilmayapti
bench-record-starting = Majlis zalida: yozuv boshlanmoqda
bench-record-nothing-to-record = Majlis zalida: hozircha yozadigan narsa yo‘q
bench-record-recording = Majlis zalida: yozilmoqda
bench-record-unknown = Majlis zalida: yozilayotgani noma’lum
bench-record-failing = Majlis zalida: yozuvda nosozlik

suspend-title = Texnik sababga ko‘ra to‘xtatilsinmi?
suspend-text = Davom ettirguningizcha hech kim ko‘rinmaydi va eshitilmaydi. Yozuv ketayotgan bo‘lsa, to‘xtaydi va yozuv bilan davom ettirganingizda yana boshlanadi. Sabab majlis qaydnomasiga kiritiladi.
suspend-confirm = To‘xtatish
adjourn-title = Majlis keyinga qoldirilsinmi?
adjourn-text = Majlis hozircha tugaydi. Sabab majlis qaydnomasiga kiritiladi va majlis ishtirokchilariga aytiladi. Kutayotganlar majlis qachon davom etishinigina bilib oladi.
adjourn-confirm = Keyinga qoldirish
adjourn-next = Keyingi sana
adjourn-next-hint = Agar ma’lum bo‘lsa.
close-title = Majlis butunlay yakunlansinmi?
close-text = Majlis hamma uchun tugaydi. Yozuv muhrlanadi va unga keyin hech narsa qo‘shib bo‘lmaydi.
close-confirm = Yakunlash va muhrlash

people-waiting = Kutmoqda
people-waiting-none = Hech kim kutmayapti.
people-here = Majlis zalida
people-here-none = Zalda hech kim yo‘q.
people-apart = Boshqa xonalarda
people-apart-none = Boshqa xonalarda hech kim yo‘q.
people-absent = Hali kelmagan
people-absent-none = Hamma keldi.
people-gone = Ishtiroki tugatilgan yoki chiqarilgan
people-gone-none = Hech kim.
person-admit = Kiritish
person-call = Chaqirish
person-identify = Shaxsi aniqlandi
person-oath = Qasamyod qildi
person-affirm = Tantanali va’da berdi
person-release = Ko‘rsatuvni yakunlab, ketishga ruxsat berish
person-mute = Ovozini o‘chirish
person-unmute = Gapirishga ruxsat berish
person-more = Yana
person-back = Majlis zaliga qaytarish
person-consult = Maxfiy maslahatga
person-consult-with = { $names } bilan maslahatga
person-send-to-waiting = Kutish xonasiga yuborish
person-dismiss = Ishtirokini tugatish
person-remove = Chiqarib yuborish
person-screening = Tasvirni yashirish …
person-readmit = Qaytishiga ruxsat berish
sign-hand = Qo‘l ko‘targan
sign-checking = Qurilmani sinamoqda
sign-check-left = Qurilma sinovi paytida aloqa uzilgan
sign-removed = Chiqarilgan
sign-muted = Ovozi o‘chirilgan
sign-kept-from = Tasviri yashirilgan: { $names }
sign-consultation = { $number }-maxfiy maslahat
sign-equipment = Qurilma sinovidan o‘tmagan
sign-lost = Aloqa uzilgan
testimony-called = Chaqirilgan
testimony-identified = Shaxsi aniqlangan
testimony-sworn = Qasamyod qilgan
testimony-affirmed = Tantanali va’da bergan
testimony-released = Ko‘rsatuvi yakunlangan
remove-title = { $name } chiqarib yuborilsinmi?
remove-text = Bu kishi darhol chiqariladi va siz qaytishiga ruxsat bermaguningizcha havolasi ochilmaydi. Sabab majlis qaydnomasiga kiritiladi.
remove-confirm = Chiqarib yuborish
screening-title = { $name } kimga ko‘rinmasligi kerak?
screening-text = Belgilangan shaxslar { $name }ni eshitadi, lekin ko‘rmaydi — shu paytdan boshlab va har bir xonada. Sud uni doim ko‘radi, yozuvda tasvir qoladi.
screening-confirm = Qo‘llash

acts-title = So‘nggi amallar
act-pending = Bajarilmoqda
act-done = bajarildi
act-failed = bajarilmadi
act-not-here-yet = U qaytishi mumkin, lekin hali kelmagan.
did-finish-check = Qurilma sinovi
did-check-equipment = Qurilmani qayta sinash
did-set-source = { $source ->
    [microphone] Mikrofon
    [camera] Kamera
   *[screen] Ekran
 } { $on ->
    [yes] yoqish
   *[no] o‘chirish
 }
did-raise-hand = { $on ->
    [yes] Qo‘l ko‘tarish
   *[no] Qo‘lni tushirish
 }
did-leave = Chiqish
did-admit = Kiritish: { $name }
did-send-to-waiting = Kutish xonasiga yuborish: { $name }
did-readmit = { $name } qaytishiga ruxsat berish
did-dismiss = Ishtirokini tugatish: { $name }
did-remove = Chiqarib yuborish: { $name }
did-screening = Kim ko‘ra olishini belgilash: { $name }
did-move = Boshqa xonaga o‘tkazish: { $name }
did-mute = { $on ->
    [yes] Ovozini o‘chirish: { $name }
   *[no] Gapirishga ruxsat berish: { $name }
 }
did-call = Chaqirish: { $name }
did-identify = Shaxsi aniqlandi: { $name }
did-swear = { $form ->
    [affirmation] Tantanali va’da: { $name }
   *[oath] Qasamyod: { $name }
 }
did-release = Ko‘rsatuvni yakunlab, ketishga ruxsat berish: { $name }
did-open = Zallarni ochish
did-begin = Majlisni boshlash
did-pause = Tanaffus
did-suspend = Texnik to‘xtatish
did-resume = Davom ettirish
did-adjourn = Keyinga qoldirish
did-close = Majlisni yakunlash
did-go-on-record = Yozuvni boshlash
did-go-off-record = Yozuvni to‘xtatish
did-in-camera = { $on ->
    [yes] Yopiq majlisga o‘tish
   *[no] Ochiq majlisga o‘tish
 }
did-mark = Belgi: “{ $text }”
