hearing-kind-testimony = Oldindan yozib olinadigan ko‘rsatuv
hearing-kind-testimony-hint = Bitta guvohning ko‘rsatuvi tartib bo‘yicha, qadam-baqadam yozib olinadi va shu ish bo‘yicha keyingi majlisda ko‘rsatiladi.
waiting-testimony = Bu majlisda guvohning ko‘rsatuvi keyingi majlisda ko‘rsatish uchun yozib olinadi.
waiting-testimony-witness = Ko‘rsatuvingiz keyingi majlisda ko‘rsatish uchun ovoz va tasvir bilan yozib olinadi. Yozuv ketayotganini sizga aytishadi.

capture-title = Ko‘rsatuv, qadam-baqadam
capture-left = { $count ->
    [one] bir qadam qoldi
   *[other] { $count } qadam qoldi
 }
capture-all-done = qadam qolmadi
capture-close = Har bir qadam bajarildi yoki tushirib qoldirildi. Yozuvni muhrlash uchun quyida majlisni yakunlang.
capture-clock = Suddagi vaqt
capture-clock-on = yozuv ketmoqda: { $time }
capture-clock-off = yozilmayapti
capture-clock-unknown = yozilayotgani noma’lum
capture-step-opening = Kamera oldida kirish so‘zi
capture-step-call = Guvohni chaqirish
capture-step-present = Hamma o‘zini tanishtiradi
capture-step-witness-room = Guvohning xonasida yana kim bor
capture-step-identity = Guvohning shaxsi
capture-step-oath = Qasamyod yoki tantanali va’da
capture-step-examination = Guvohga savollar
capture-step-examination-by = Savollarni { $name } beradi
capture-step-closing = Kamera oldida yakunlovchi so‘z
capture-step-release = Guvohga ruxsat berish
capture-state-open = hali bajarilmagan
capture-state-done = bajarildi
capture-state-left-out = tushirib qoldirildi
capture-left-out-why = Tushirib qoldirildi: { $reason }
capture-say = Hozir aytiladigan so‘zlar
capture-say-opening = { $case }-ish bo‘yicha { $witness } ko‘rsatuvi yozib olinmoqda. Hozir { $date }. Yozuvni { $operator } olib boradi. Joy: { $place }. { $whose ->
    [prosecution] Guvohni ayblov tomoni chaqirgan.
    [defence] Guvohni himoya tomoni chaqirgan.
   *[court] Guvohni sud chaqirgan.
 }
capture-say-call = { $witness }, marhamat, kiring. Endi siz ko‘rinasiz, eshitilasiz va yozib olinasiz.
capture-say-present = Hozir bo‘lganlarning hammasi ismini va bu yerda kim sifatida ishtirok etayotganini aytsin.
capture-say-witness-room = { $witness }, xonangizda yana kim borligini ayting va xonani kamerada ko‘rsating.
capture-say-identity = { $witness }, to‘liq ismingizni ayting va shaxsingizni tasdiqlovchi hujjatni kameraga ko‘rsating.
capture-say-oath = { $witness }, haqiqatni, butun haqiqatni va faqat haqiqatni aytishga qasamyod qilasizmi yoki tantanali va’da berasizmi?
capture-say-examination = Endi guvohga { $counsel } savol beradi.
capture-say-closing = { $witness } ko‘rsatuvi tugadi. Hozir { $date }. Majlis yakunlanganda sud serveri yozuvni muhrlaydi. Shundan keyin uni saqlaydi: { $custody }.
capture-say-release = { $witness }, ko‘rsatuvingiz tugadi. Siz ozodsiz. Rahmat.
capture-witness-room-field = U yerda yana kim bor (guvoh yolg‘iz bo‘lsa, “hech kim” deb yozing)
capture-closing-field = Yozuvni bundan keyin kim saqlaydi
capture-witness = Guvoh
capture-whose = Kim chaqirgan
capture-whose-prosecution = ayblov tomoni
capture-whose-defence = himoya tomoni
capture-whose-court = sud
capture-place = Joy
capture-enter = Aytildi: kiritish
capture-off-record = Avval yozuvni boshlang: har bir qadam yozuvda bo‘lishi kerak.
capture-no-witness = Bu majlis ro‘yxatida guvoh yo‘q.
capture-no-text = Avval «{ $field }» maydonini to‘ldiring.
capture-not-waiting = Guvoh hali kutish xonasida emas.
capture-not-here = Guvoh zalda emas.
capture-counsel-not-here = Taraf vakili zalda emas.
capture-examine-begin = Savollar boshlanadi
capture-examine-end = Savollar tugadi
capture-leave-out = Bu qadamni tushirib qoldirish
capture-leave-out-title = Tushirib qoldirilsinmi: { $step }?
capture-leave-out-text = Sabab majlis qaydnomasiga kiritiladi va yozuv bilan birga muhrlanadi. Qadamni keyin ham bajarsa bo‘ladi.

objection-of = { $number }-e’tiroz: { $name }
objection-number = { $number }-e’tiroz
objection-make = E’tiroz bildirish
objection-how = Bir bosish e’tirozingizni vaqti bilan kiritadi. Keyin sababini ayting.
objection-waits = { $number }-e’tirozingiz kiritildi va qaror kutmoqda.
objection-ruled = { $number }-e’tirozingiz: { $ruling ->
    [sustained] qabul qilindi
    [overruled] rad etildi
    [reserved] yozuvni eshitadigan sudga qoldirildi
   *[withdrawn] qaytarib olindi
 }.
objection-withdraw = E’tirozni qaytarib olish
ruling-sustained = Qabul qilish
ruling-overruled = Rad etish
ruling-reserved = Keyingi sudga qoldirish

capture-now = Hozir nima bo‘lmoqda
capture-witness-stands = Majlis hozir to‘xtab turibdi. Siz hech narsa qilishingiz shart emas.
capture-witness-off-record = Hozir hech narsa yozilmayapti. Siz hech narsa qilishingiz shart emas.
capture-witness-objection = Taraf e’tiroz bildirdi. Sud fikrini aytguncha javob bermay turing.
capture-witness-asks = Sizga { $name } savol beradi. O‘z so‘zlaringiz bilan javob bering. Tushunmagan bo‘lsangiz, shuni ayting.
capture-witness-opening = Sud yozuvni ochmoqda. Hozircha hech narsa aytishingiz shart emas.
capture-witness-call = Sud yozuvni ochmoqda. Hozircha hech narsa aytishingiz shart emas.
capture-witness-present = Hamma o‘zini tanishtiradi. So‘ralganda ismingizni ayting.
capture-witness-witness-room = Xonangizda yana kim borligini ayting. Sud xonani kamerada ko‘rsatishni so‘rashi mumkin.
capture-witness-identity = Sud kimligingizni tekshiradi. Shaxsni tasdiqlovchi hujjatingiz yoningizda bo‘lsin.
capture-witness-oath = Sud haqiqatni aytishga qasamyod qilishingizni yoki va’da berishingizni so‘raydi.
capture-witness-examination = Savollar hozir boshlanadi.
capture-witness-closing = Boshqa savol yo‘q. Sud yozuvni yakunlaydi.
capture-witness-release = Boshqa savol yo‘q. Sud tez orada sizga ruxsat beradi.
capture-witness-ends = Ko‘rsatuvingiz tugadi. Sud majlisni yakunlaydi.
capture-room-stands = Majlis hozir to‘xtab turibdi.
capture-room-off-record = Hozir hech narsa yozilmayapti.
capture-room-objection = E’tiroz bor. Sud fikrini aytguncha guvoh javob bermay turadi.
capture-room-asks = Guvohga { $name } savol beradi.
capture-room-opening = Sud yozuvni ochmoqda.
capture-room-call = Endi guvoh chaqiriladi.
capture-room-present = Hamma o‘zini tanishtiradi. Navbatingiz kelganda ismingizni va kimligingizni ayting.
capture-room-witness-room = Guvoh xonasida yana kim borligini aytadi.
capture-room-identity = Guvohning shaxsi tekshirilmoqda.
capture-room-oath = Guvoh qasamyod qiladi yoki va’da beradi.
capture-room-examination = Guvohga savollar hozir boshlanadi.
capture-room-closing = Sud yozuvni yakunlaydi.
capture-room-release = Guvohga ruxsat beriladi.
capture-room-ends = Ko‘rsatuv tugadi. Sud majlisni yakunlaydi.
break-ask = Tanaffus so‘rash
break-take-back = Tanaffus endi kerak emas
break-asked = Qo‘l ko‘targaningiz sudga ko‘rsatilmoqda. Sud sizga murojaat qilguncha kuting.
break-how = Tanaffusni istalgan vaqtda so‘rashingiz mumkin: tugmani bosing yoki ayting.

did-state-opening = Kirish so‘zini kiritish
did-state-present = Kimlar borligini kiritish
did-state-witness-room = Guvohning xonasida kim borligini kiritish
did-examine = { $name } savollari
did-object = E’tiroz
did-rule = { $number }-e’tiroz: { $ruling ->
    [sustained] qabul qilindi
    [overruled] rad etildi
    [reserved] keyingi sudga qoldirildi
   *[withdrawn] qaytarib olindi
 }
did-state-closing = Yakunlovchi so‘zni kiritish
did-leave-out = Qadamni tushirib qoldirish

problem-not-testimony = Bu oldindan yozib olinadigan ko‘rsatuvga tegishli. Bu majlis boshqa turda.
problem-off-record = Bu yozuvda bo‘lishi kerak. Avval yozuvni boshlang.
problem-one-witness = Bu yerda boshqa guvohning ko‘rsatuvi yozib olinmoqda. Har bir guvohning o‘z majlisi bo‘ladi.
problem-steps-open = Ko‘rsatuvning bir qadami hali bajarilmagan. Uni bajaring yoki sababini aytib tushirib qoldiring; yoxud majlisni keyinga qoldiring.
problem-no-objection = Bunday raqamli e’tiroz yo‘q.

log-opening-stated = Kamera oldida kirish so‘zi, joy
log-witness-of-prosecution = Ayblov tomonining guvohi
log-witness-of-defence = Himoya tomonining guvohi
log-witness-of-court = Sudning guvohi
log-present-stated = O‘zini tanishtirdi
log-witness-room-stated = Guvohning xonasida yana kim bor
log-examination-began = Savollar boshlandi
log-examination-ended = Savollar tugadi
log-closing-stated = Kamera oldida yakunlovchi so‘z, saqlovchi
log-objection = E’tiroz
log-objection-sustained = E’tiroz qabul qilindi
log-objection-overruled = E’tiroz rad etildi
log-objection-reserved = E’tiroz keyingi sudga qoldirildi
log-objection-withdrawn = E’tiroz qaytarib olindi
log-objection-unruled = E’tiroz bo‘yicha qaror yo‘q
log-testimony-complete = Ko‘rsatuv to‘liq
log-testimony-incomplete = Ko‘rsatuv to‘liq emas
log-opening-left-out = Kirish so‘zi tushirib qoldirildi
log-call-left-out = Chaqiruv tushirib qoldirildi
log-present-left-out = Tushirib qoldirildi: kimlar bor
log-witness-room-left-out = Tushirib qoldirildi: guvohning xonasida kim bor
log-identity-left-out = Shaxsni tekshirish tushirib qoldirildi
log-oath-left-out = Qasamyod tushirib qoldirildi
log-examination-left-out = Savollar tushirib qoldirildi
log-closing-left-out = Yakunlovchi so‘z tushirib qoldirildi
log-release-left-out = Guvohga ruxsat berish tushirib qoldirildi

together-title = Sud ko‘rsatayotgan yozuv
together-shown = Sud yozuvni ko‘rsatmoqda: { $title }
together-loading = Yozuv yuklanmoqda.
together-plays = Yozuv majlis bilan bir vaqtda ko‘rsatilmoqda.
together-stands = Namoyish to‘xtatib turilibdi. Qachon davom etishini sud hal qiladi.
together-waiting = Yozuv aloqangizni kutmoqda. U hamma turgan joydan o‘zi davom etadi.
together-failed = Hozir yozuvni sizga to‘liq ko‘rsatib bo‘lmayapti. Sud buni ko‘rib turibdi. Urinish o‘zi takrorlanadi.
together-silent = Brauzer yozuv ovozini ushlab turibdi. Eshitish uchun tugmani bosing.
together-hear = Yozuvni eshitish
together-kept = Bu tasvirni faqat sud ko‘radi
together-at = { $at } / { $length }
together-seal-same = Solishtirilgani muhrlanganidek
together-seal-partly = Muhrlangani bilan faqat bir qismini solishtirib bo‘ldi
together-seal-begins = Muhrlangani bilan solishtirilmoqda
together-seal-none = Hozir muhrlangani bilan solishtirib bo‘lmaydi
together-seal-differs = Muhrlanganidek emas: sudga xabar bering

show-title = Yozib olingan ko‘rsatuvni namoyish etish
show-none = Bu ishda muhrlangan ko‘rsatuv yozuvi yo‘q.
show-now = Hammaga ko‘rsatish
show-shown = Ko‘rsatilayotgan yozuv
show-play = Boshlash
show-pause = To‘xtatib turish
show-put-away = Yopish
show-all-see = Zaldagi barcha sahifalar uni ko‘rsatayotganini bildirmoqda.
show-unseen = Ko‘rmayapti yoki hali ko‘rmayapti: { $names }
show-record = Bu majlis yozuvida u qayerdan qayergacha va kimlar uchun ko‘rsatilgani qayd etiladi. Uning nusxasi bo‘lmaydi: ovozidan faqat mikrofon ilgani yoziladi. Ko‘rsatish paytida mikrofonlarni o‘chiring.

did-show-recording = Yozuvni ko‘rsatish
did-play-recording = Yozuvni boshlash
did-pause-recording = Yozuvni to‘xtatib turish
did-seek-recording = Yozuvning boshqa joyiga o‘tish
did-put-away-recording = Yozuvni yopish

problem-no-such-recording = Bu shu ish bo‘yicha muhrlangan ko‘rsatuv yozuvi emas.
problem-nothing-shown = Hozir hech qanday yozuv ko‘rsatilmayapti.

log-playback-shown = Ko‘rsatuv yozuvi namoyish etildi
log-playback-began = Ko‘rsatuv namoyishi boshlandi
log-playback-stopped = Ko‘rsatuv namoyishi to‘xtatildi
log-playback-moved = Ko‘rsatuv namoyishi: boshqa joyga o‘tildi
log-playback-reached-end = Ko‘rsatuv oxirigacha namoyish etildi
log-playback-put-away = Yozuv yopildi

log-playback-place = { $part }-qism, { $at }
log-playback-from = qayerdan: { $place }
log-playback-to = qayergacha: { $place }
log-playback-shown-to = ko‘rsatildi: { $names }
log-playback-not-confirmed = taklif etildi, lekin sahifasi tasdiqlamadi: { $names }
log-playback-recording = o‘sha yozuv

show-protocol-complete = tartibning barcha qadamlari bajarilgan
show-protocol-left-out = tartibning ba’zi qadamlari sababi ko‘rsatilib tushirib qoldirilgan; ular uning qaydnomasida
show-protocol-incomplete = tartib oxirigacha bajarilmagan
