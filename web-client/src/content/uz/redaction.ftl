redactions-title = Qismlarni olib tashlash
redactions-sum = { $count ->
    [0] amaldagi farmoyish yo‘q
   *[other] { $count } ta amaldagi farmoyish
 }
redactions-text = Sudya bu yozuv suddan boshqa kimsaga berilishidan oldin uning qismlari olib tashlanishini buyurishi mumkin. Yozuvning o‘zi qanday muhrlangan bo‘lsa, shundayligicha qoladi. Farmoyishdan boshlab ruxsatlar bo‘yicha faqat qisqartirilgan nusxa ochiladi, u tayyor bo‘lguncha esa hech narsa ochilmaydi.
redactions-none = Hech narsa olib tashlanmagan.
redactions-judge-orders = Qismlarni olib tashlashni faqat sudya buyuradi.
redactions-by-order = Farmoyish { $reference }
redactions-in-force = – amalda
redactions-lifted = – bekor qilingan
redactions-ordered = Buyurgan: { $by }, { $when }: { $reason }
redactions-lifted-by = Bekor qilgan: { $by }, { $when }: { $reason }
redactions-is-cut = { $segment }-qism, { $from }–{ $to }: hammaning ovozi va tasviri kesilgan
redactions-is-mute = { $segment }-qism, { $from }–{ $to }: ovoz, { $name }
redactions-is-mute-all = { $segment }-qism, { $from }–{ $to }: hammaning ovozi
redactions-is-cover = { $segment }-qism, { $from }–{ $to }: tasvir, { $name }
redactions-is-cover-all = { $segment }-qism, { $from }–{ $to }: hammaning tasviri
redactions-lift = Farmoyishni bekor qilish
redactions-lift-text = Olib tashlangan narsa yana boshqalarga berilishi mumkin bo‘ladi. Tayyorlangan nusxalar muhrlanganicha qoladi.
redactions-lift-now = Bekor qilish
redactions-withheld = Amaldagi farmoyishlarni bajaradigan nusxa hali yo‘q. U tayyorlanmaguncha yozuv suddan boshqa hech kimga berilmaydi.
redactions-make = Qisqartirilgan nusxani tayyorlash
redactions-making = Qisqartirilgan nusxa tayyorlanmoqda: { $percent } %
redactions-failed = Qisqartirilgan nusxani tayyorlab bo‘lmadi: { $detail }
redactions-copy = Qisqartirilgan nusxa, { $when }
redactions-copy-current = – shu nusxa beriladi
redactions-copy-old = – endi berilmaydi: boshqa farmoyishlar amalda
redactions-order = Qismlarni olib tashlashni buyurish
redactions-order-text = Darhol amalga kiradi: bu yozuvga ruxsati borlar undan uziladi. Oldin yuklab olingan narsa yuklab olganda qoladi. U shu majlisning boshqa yozuvlariga ham, ularda shundan biror narsa bo‘lsa, taalluqli: har birida butun majlisning shu paytgacha bo‘lgan sud jurnali bor.
redactions-order-now = Buyurish
redactions-interval = Nima olib tashlanadi
redactions-kind = Qanday
redactions-kind-mute = Ovozni olib tashlash
redactions-kind-cover = Tasvirni yopish
redactions-kind-cut = Ikkalasini ham hammadan kesish
redactions-of = Kimning
redactions-of-all = hammaning
redactions-from = Boshlanishi
redactions-to = Tugashi
redactions-here = Pleyer turgan lahzani olish
redactions-time-hint = Qism ichidagi daqiqa, soniya va soniya ulushi, masalan 4:07.5. Ikki tomondan yana soniyaning beshdan biri olib tashlanadi. Kesilgan joyda xuddi shu uzunlikdagi bo‘sh varaq qoladi, shuning uchun barcha vaqtlar o‘zgarmaydi.
redactions-add = Farmoyishga qo‘shish
redactions-added = Farmoyishda { $count } ta band bor
redactions-log-choose = { $count ->
    [0] Sud jurnalidan qaydlarni olib tashlash
   *[other] Sud jurnalidan qaydlarni olib tashlash: { $count } ta tanlandi
 }
redactions-log-legend = Sud jurnalidan olib tashlanadigan qaydlar
redactions-log-hint = Yuqoridagi oraliqlardan tashqarida yozilganlar uchun, masalan qayddagi manzil. Oraliq ichidagi qaydlar tanlanmasa ham olib tashlanadi. Kun vaqti: { $zone }.
redactions-log-full = Bitta farmoyish ko‘pi bilan { $count } ta qaydni nomlaydi.
redactions-log-place = { $seq }-qayd, { $time }
redactions-log-place-on-record = { $seq }-qayd, { $time }, { $segment }-qism, { $at }
redactions-log-by-interval = – oraliq ichida
redactions-log-frame = – matnsiz qoladi: yozuv qachon borganini aytadi
redactions-log-left-out = Farmoyish hozirgi holida sud jurnalidan { $count } ta qaydni olib tashlaydi:
redactions-log-entries = Sud jurnalidan ham olib tashlangan qaydlar, raqami bo‘yicha: { $numbers }
redactions-about-other = Bu farmoyish shu majlisning boshqa yozuvi haqida.
redactions-remove = Olib tashlash
redactions-fault-time = Ikkala lahzani ham kiriting, masalan 4:07.5.
redactions-fault-order = Tugashi boshlanishidan keyin bo‘lishi kerak.
redactions-fault-outside = Bu qism bunchalik uzun emas.
redactions-fault-none = Farmoyishga kamida bitta band qo‘shing.
redactions-reference = Farmoyish raqami
redactions-reason-hint = Raqam va asos nusxada so‘zma-so‘z turadi va nusxa berilgan har kim ularni o‘qiydi: ularda yashirilishi kerak bo‘lgan narsani aytmang.
redacted-title = Bu qisqartirilgan nusxa
redacted-text = Sud farmoyishi bilan yozuvdan qismlar olib tashlangan: kamida shu yerda sanalganlar va ikki tomondan yana { $margin } s. Kesilgan joyda xuddi shu uzunlikdagi bo‘sh varaq turadi. Nusxa alohida yozuv sifatida muhrlangan.
redacted-ordered = { $by }: { $reason }
redacted-log = { $count ->
    [0] Sud jurnalidan hech narsa olib tashlanmagan.
   *[other] Sud jurnalidan { $count } ta qayd olib tashlangan.
 }
redacted-original = U tayyorlangan yozuv
evidence-redacted = Qisqartirilgan nusxa
release-redacted = Bu yozuvning qismlari sud farmoyishi bilan olib tashlangan: { $references }.
release-withheld = Qisqartirilgan nusxa hali tayyor emas. Ruxsatni keyinroq qayta oching.
custody-redaction-ordered = Qismlarni olib tashlash buyurildi
custody-redaction-lifted = Olib tashlash farmoyishi bekor qilindi
custody-redacted = Qisqartirilgan nusxa tayyorlandi
custody-derived = Boshqa yozuvdan qisqartirilgan nusxa sifatida tayyorlandi
problem-bad-redaction = Bunday buyurib bo‘lmaydi. Har bir band bitta qism ichida yotadi, boshlanganidan keyin tugaydi va ovozi yoki tasviri unda bor kishiga tegishli bo‘ladi.
problem-redaction-pending = Sud bu yozuvning qismlarini olib tashlashni buyurgan. Qisqartirilgan nusxa hali tayyor emas. Sudga murojaat qiling.
proof-derived = Qisqartirilgan nusxa
found-derived-proved = Bu qisqartirilgan nusxa: filmlari qanday muhrlangan bo‘lsa shunday turibdi, sud jurnali esa olib tashlangan narsa haqida hech narsa demaydi.
found-derived-trusted = Qismlar kimning farmoyishi bilan olib tashlangani sudning so‘ziga tayanadi.
found-derived-not-checked = U tayyorlangan yozuv bu to‘plamda yo‘q.
found-derived-failed = Bu o‘zi aytganidek qisqartirilgan nusxa emas.
redacted-film = Qisqartirilgan nusxa sifatida muhrlangan film, barcha qismlar ketma-ket.
redacted-download = To‘plamda qisqartirilgan film, muhr, sud jurnalining qolgan qismi va saqlash zanjiri bor, asl yozuvdan hech narsa yo‘q. Olgan kishi uni bu serversiz tekshira oladi. Yuklab olish saqlash zanjiriga kiritiladi.
