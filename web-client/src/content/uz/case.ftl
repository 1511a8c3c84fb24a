cases-title = Ishlar
cases-none = Hali ishlar yo‘q.
cases-older = Avvalgi ishlarni ko‘rsatish
case-caption = { $reference }-sonli ish
case-problem = Ishni ko‘rsatib bo‘lmadi
case-evidence = Elektron dalillar
case-evidence-none = Hali muhrlangan yozuvlar yo‘q. Yozuv majlis yakunlangach shu yerda paydo bo‘ladi.
case-hearings = Majlislar
case-hearings-none = Hali majlislar yo‘q.
evidence-sealed = muhrlangan: { $when }
evidence-length = yozuv davomiyligi { $length }
evidence-interrupted = Bu yozuv nosozlik tufayli uzilib qolgan. U qanday topilgan bo‘lsa, shundayligicha muhrlangan.
hearing-new = Yangi majlis
hearing-name = Nomi
hearing-when = Sana va vaqt
hearing-create = Majlisni belgilash
hearing-created = Belgilandi: { $title }, { $when }.
hearing-people = Ishtirokchilar va havolalar
person-name = Ismi
person-role = Maqomi
person-add = Ishtirokchini qo‘shish
invite-days = { $name } uchun havola qachongacha ochiladi
invite-days-option = { $count ->
    [one] Majlisdan keyin { $count } kungacha
   *[other] Majlisdan keyin { $count } kungacha
 }
invite-days-option-now = { $count ->
    [one] Hozirdan { $count } kun
   *[other] Hozirdan { $count } kun
 }
invite-until = U shu vaqtgacha ochiladi: { $until }.
invite-none = Bu ishtirokchi uchun ochiladigan havola yo‘q.
invite-over-hearing = Bu majlisga endi kirib bo‘lmaydi, shuning uchun havola yaratilmaydi va ishtirokchi qo‘shilmaydi.
invite-removed = Majlisdan chiqarilgan: sud qaytishga ruxsat bermaguncha hech qanday havola ochilmaydi.
invite-expires-removed = amal qilishi mumkin edi: { $until } gacha
invite-over = { $count ->
    [one] Endi ochilmaydigan { $count } ta havola
   *[other] Endi ochilmaydigan { $count } ta havola
 }
invite-state-unused = Hali ochilmagan
invite-state-used = Ochilgan
invite-state-expired = Muddati tugagan
invite-state-revoked = Bekor qilingan
invite-expires = amal qilish muddati: { $until }
invite-expired = muddati { $until } edi
invite-redeemed = · oxirgi marta ochilgan: { $when }
invite-revoke-title = { $name } uchun havola bekor qilinsinmi?
invite-revoke-text = Bu havola ochilgan. U orqali kirgan kishi darhol majlisdan chiqariladi va havola boshqa hech narsani ochmaydi.
invite-make = Havola yaratish
invite-once = Havoladan hozir nusxa oling: u faqat bir marta ko‘rsatiladi. Amal qilish muddati: { $until }.
invite-link = { $name } uchun havola
invite-copy = Nusxa olish
invite-copied = Nusxa olindi
invite-copied-told = Havoladan nusxa olindi.
invite-copy-refused = Brauzer sahifaga havoladan nusxa olishga ruxsat bermadi. Havola maydonda belgilangan: nusxani o‘sha yerdan oling.
invite-revoke = Bekor qilish

recording-problem = Yozuvni ko‘rsatib bo‘lmadi
recording-page-title = Yozuv: { $title }
player-title = Pleyer
player-nothing = Hech narsa yozib olinmagan.
player-segment = Yozuv qismi
player-segment-option = { $number }-qism ({ $length })
player-tracks = Yozib olingan ishtirokchilar
player-no-picture = Tasvir yozib olinmagan
player-no-sound = Ovoz yozib olinmagan
player-sound = Ovoz
player-play = Boshlash
player-pause = To‘xtatib turish
player-back = 10 soniya orqaga
player-forward = 10 soniya oldinga
player-speed = Tezlik
player-position = Joriy vaqt
player-position-text = { $length } ichidan { $at }
player-loading = Yuklanmoqda
player-went-on = { $number }-qismga o‘tildi.
player-picture-blank = Bu lahzada tasvir yozib olinmagan
player-picture-failed = Tasvirni hozir serverdan olib bo‘lmayapti
player-picture-unplayable = Bu brauzer ushbu tasvirni ijro eta olmaydi
player-sound-failed = Ovozni hozir serverdan olib bo‘lmayapti.
player-sound-unplayable = Bu brauzer ushbu ovozni ijro eta olmaydi.
player-missing = Hozir yozib olinganlarning hammasi ham ijro etilmayapti. Yetishmayotgani:

timeline-lanes = Kim gapirgan va nima yetishmaydi
timeline-speaking = Gapirmoqda: { $names }
timeline-nobody = Hech kim gapirayotgani qayd etilmagan
timeline-missing = Hozir yetishmayapti – { $what }
timeline-gap = { $what } ({ $cause })
timeline-gaps = { $source ->
    [microphone] Ovoz
    [camera] Tasvir
   *[screen] Ekran
 } yetishmaydi: { $cause }, { $total }
timeline-lane = { $name } { $count } marta gapirgan. Keyingisiga o‘tish.
timeline-spoke = gapirgan
timeline-no-picture = tasvir yetishmaydi
timeline-no-sound = ovoz yetishmaydi
timeline-markers = Belgilar
timeline-keys = O‘sha lahzaga o‘tish uchun chiziqni bosing. Klaviaturada chap va o‘ng strelkalar shu kishi gapirgan oldingi va keyingi joyga o‘tkazadi.
captions-title = Majlis jurnalidan, hozir
captions-switch = Majlis jurnalini tasvir ostida ko‘rsatish

sealed-same = Ko‘rayotgan va eshitayotganingiz muhrlanganning aynan o‘zi
sealed-count = Solishtirildi va muhrlanganidek: har biri taxminan ikki soniyalik { $total } bo‘lakdan { $same } tasi ({ $percent } %), har biri ko‘rsatilishidan oldin.
sealed-begins = Muhr bilan solishtirish hozir boshlanadi
sealed-begins-text = Taxminan ikki soniyalik har bir bo‘lak ko‘rsatilishidan oldin muhrlangani bilan solishtiriladi. Hali hech narsa solishtirilmadi.
sealed-coming = Muhrlanganlar ro‘yxati hali kelmoqda
sealed-coming-text = Har bir bo‘lak ko‘rsatilishidan oldin shu ro‘yxat bilan solishtiriladi, shuning uchun ro‘yxat kelmaguncha hech narsa ijro etilmaydi. Kutishingiz yoki darhol ijro etishingiz mumkin: unda avval ko‘rganingiz solishtirilmagan bo‘ladi.
sealed-arrived = Ro‘yxatning hozircha { $came } qismi keldi.
sealed-arrived-of = Ro‘yxat keldi: { $came } / { $total }.
sealed-go-on = Kutmasdan ijro etish
sealed-unwaited = Hozir ijro etilayotgani muhr bilan solishtirilmagan
sealed-unwaited-text = Siz muhrlanganlar ro‘yxatini kutmadingiz. Ro‘yxat kelgach, shundan keyin ijro etiladigani solishtiriladi. «Tekshirish» hammasini solishtiradi.
sealed-partly = Bu yerda ko‘rsatilayotganning hammasi ham muhr bilan solishtirilmagan
sealed-before = Bir qismi muhrlangan ro‘yxat kelishidan oldin yuklangan. Hammasi solishtirilishi uchun sahifani qayta oching.
sealed-outside = Bu fayllarning bir qismi muhrlangan bo‘laklarning hech birida yo‘q, masalan, nosozlik ularni uzib qo‘yganidan keyin. Quyidagi “Hozir tekshirish” tugmasi fayllarni butunligicha tekshiradi:
sealed-no-digest = Bu yerda tekshirilmaydi
sealed-no-digest-text = Brauzer hech narsani muhr bilan solishtirmaydi, chunki sahifa xavfsiz manzil (https) orqali ochilmagan. Quyidagi “Hozir tekshirish” tugmasini bosing yoki to‘plamni o‘z qurilmangizda tekshiring.
sealed-too-long = Bu yerda tekshirilmaydi
sealed-too-long-text = Yozuv ijro paytida solishtirish uchun juda uzun. Quyidagi “Hozir tekshirish” tugmasini bosing yoki to‘plamni o‘z qurilmangizda tekshiring.
sealed-unreachable = Hozir tekshirilmayapti
sealed-unreachable-text = Muhrlangan ro‘yxatni serverdan olib bo‘lmayapti, shuning uchun ko‘rsatilayotgan narsa u bilan solishtirilmayapti.
sealed-rests-title = Bu nimaga asoslangan
sealed-rests = Sahifa ovoz va tasvirning har bir bo‘lagi xeshini hisoblaydi va uni majlis paytida yozilgan ro‘yxatdan qidiradi. Bu ro‘yxat muhrda ko‘rsatilgan ro‘yxatning o‘zi.
sealed-rests-not = Nima muhrlanganini sahifaga shu sudning serveri aytadi; imzo bu yerda tekshirilmaydi. Serverga ishonishni talab qilmaydigan isbot uchun to‘plamni yuklab oling va o‘z qurilmangizda “oyer verify” buyrug‘ini bajaring.
sealed-alarm = Buning bir qismi muhrlanganidek emas
sealed-alarm-text = Ovoz yoki tasvir muhrlanganidan farq qiladi, mana bu yerda:
sealed-alarm-list = Nima muhrlanganini bu yerda aytib bo‘lmaydi
sealed-alarm-list-text = Ovoz va tasvir solishtiriladigan ro‘yxat muhrlangan ro‘yxat emas. Bu yerda ijro etilayotgan hech narsa tekshirilmagan.
sealed-alarm-more = Yana bor; faqat birinchilari ko‘rsatilgan.
sealed-alarm-do = Bunga tayanmang. Serverda hech narsani o‘zgartirmang va o‘chirmang. Quyidagi “Hozir tekshirish” tugmasini bosing, u nima deganini va vaqtni yozib qo‘ying hamda sud yozuvlari uchun mas’ul shaxsga xabar bering. Nima muhrlanganini avval berilgan to‘plam ko‘rsatishi mumkin.
sealed-differs = { $what }, { $part }-qism: { $from } dan { $to } gacha.
sealed-differs-unknown = { $what }, { $part }-qism: qaysi paytda ekani noma’lum.
sealed-tile = Muhrlanganidek emas

seal-title = Muhr
seal-proves = Muhr har bir fayl yozuv yopilgan paytdagi holida ekanini isbotlaydi: birorta fayldagi bitta bit o‘zgarsa ham muhr buziladi. Unda muhrlangan vaqt va ushbu sud serverining sertifikati ko‘rsatilgan.
seal-not = Muhr aytilgan gaplar rostligini yoki kamera oldida kim turganini isbotlamaydi. Nima bo‘lgani va nima yetishmayotgani ushbu sahifadagi qaydnoma va uzilishlar ro‘yxatida ko‘rsatilgan.
seal-interrupted = Bu yozuv nosozlik tufayli uzilib qolgan. U qanday topilgan bo‘lsa, shundayligicha muhrlangan va bu muhrda qayd etilgan.
seal-stopped = Server majlis davom etayotgan paytda to‘xtatildi. Yozuv shu sababli tugadi: tartibli ravishda, lekin sudning qarori bilan emas.
seal-when = Muhrlangan vaqti
seal-manifest = Imzolangan fayllar ro‘yxatining SHA-256 xeshi
seal-root = Ildiz sertifikat barmoq izi (SHA-256)
seal-compare = Barmoq izini sud boshqa joyda e’lon qilgani bilan solishtiring. Shundagina muhrni kim qo‘ygani isbotlanadi.

verify-title = Tekshirish
verify-text = Barcha xeshlarni qaytadan hisoblaydi va imzoni shu serverda tekshiradi. Hech kimga bog‘liq bo‘lmaslik uchun to‘plamni yuklab oling va o‘z qurilmangizda tekshiring: tartibi undagi VERIFY.txt faylida yozilgan.
verify-now = Hozir tekshirish
verify-page = Bu serversiz tekshiradigan sahifani yuklab olish (tarmoqsiz ishlaydi)
verify-busy = Tekshirilmoqda
verify-running = O‘qildi: { $percent } %. Yozuv to‘liq o‘qiladi; sahifani yopishingiz mumkin, natija saqlash zanjiriga kiritiladi.
verify-ok = Tekshirilganlarning hech birida xato topilmadi. Ro‘yxatda nima isbotlangani, nima ishonchga tayangani va nima tekshirilmagani ko‘rsatilgan.
verify-failed = Kamida bitta dalil tasdiqlanmadi.
verify-all = { $count ->
    [one] { $count } ta tekshiruv, birma-bir
   *[other] { $count } ta tekshiruv, birma-bir
 }
verify-detail = Dasturning o‘z so‘zlari bilan (inglizcha)
verdict-proved = Isbotlandi
verdict-trusted = Ishonchga asoslangan
verdict-not-checked = Tekshirilmadi
verdict-missing = Yetishmaydi
verdict-failed = Tasdiqlanmadi

download-title = Topshirish
download-text = To‘plamda asl fayllar, muhr, majlis qaydnomasi, uzilishlar va saqlash zanjiri bor. Uni olgan kishi bu serversiz ham tekshira oladi. Yuklab olish saqlash zanjiriga kiritiladi.
download-now = To‘plamni yuklab olish

access-title = Ko‘rish uchun nusxa
access-text = Asl fayllardan tayyorlangan, hamma bir tasvirda ko‘rinadigan film. U qulay, lekin hech narsani isbotlamaydi: dalil asl fayllardir.
access-make = Nusxa tayyorlash
access-running = Nusxa tayyorlanmoqda: { $percent } %
access-failed = Nusxani tayyorlab bo‘lmadi. { $detail }
access-refused = Nusxani hozir serverdan olib bo‘lmayapti.

log-title = Majlis qaydnomasi
log-none = Qaydnoma bo‘sh.
log-by = kim: { $name }
log-sum = { $count ->
    [one] { $count } ta qayd
   *[other] { $count } ta qayd
 }
log-part = { $segment }-qism
log-off = Yozuvsiz
log-play = { $at } dan ijro etish
log-not-here = Bu qism ushbu yozuvda yo‘q va uni bu yerda ijro etib bo‘lmaydi.
log-elsewhere = Bu qism shu majlisning boshqa yozuvida.
log-elsewhere-open = { $segment }-qism yozuvini ochish
log-opened = Zallar ochildi
log-began = Majlis boshlandi
log-entered = Kirdi
log-admitted = Kiritildi
log-left = Chiqdi
log-sent-to-waiting = Kutish xonasiga yuborildi
log-dismissed = Ishtiroki tugatildi
log-removed = Chiqarib yuborildi
log-returned = Majlis zaliga qaytdi
log-to-consultation = Maxfiy maslahatga o‘tdi
log-retired = Maslahatxonaga kirdi
log-muted = Ovozi sud tomonidan o‘chirildi
log-unmuted = Gapirishga yana ruxsat berildi
log-screened = Tasviri ko‘rsatilmaydi
log-unscreened = Tasviri yana hammaga ko‘rinadi
log-called = Chaqirildi
log-identified = Shaxsi aniqlandi
log-sworn = Qasamyod qildi
log-affirmed = Tantanali va’da berdi
log-released = Ko‘rsatuvi yakunlandi
log-on-record = Yozuv boshlandi
log-off-record = Yozuv to‘xtatildi
log-paused = Tanaffus
log-suspended = Texnik sababga ko‘ra to‘xtatildi
log-resumed = Davom ettirildi
log-adjourned = Keyinga qoldirildi
log-closed = Majlis yakunlandi
log-in-camera = Yopiq majlisga o‘tildi
log-in-public = Ochiq majlisga o‘tildi
log-marker = Belgi
log-disconnected = Aloqa uzildi
log-reconnected = Aloqa tiklandi
log-link-declined = Havolani ochgan kishi u o‘ziniki emasligini aytdi
log-seat-taken-over = Aloqa turganda boshqa qurilma yoki sahifadan qayta kirdi
log-interrupted = Nosozlik tufayli uzildi
log-record-failed = Yozuvda nosozlik
log-record-restored = Yozuv davom etmoqda

annotations-title = Izohlar
annotations-sum = { $count ->
    [0] izoh yo‘q
   *[other] { $count } ta izoh
}
annotations-text = Yozuv muhrlangandan keyin kiritilgan; muhrlangan yozuv o‘zgarmaydi. Har bir izoh saqlash zanjiridagi yozuv bo‘lib, ismingiz bilan turadi: uni o‘zgartirib yoki o‘chirib bo‘lmaydi va u beriladigan har bir paketga kiradi. Izoh xato bo‘lsa, yana bittasini kiriting.
annotations-by = – { $by }, { $when }, { $segment }-qism
annotations-new = Yangi izoh
annotations-where = Izoh yozishni boshlaganingizda pleyer turgan lahzaga qo‘yiladi.
annotations-at = { $segment }-qism, { $at }
annotations-save = Izohni kiritish
annotations-saved = Izoh kiritildi: { $segment }-qism, { $at }.

speech-title = Kim qachon gapirgan
speech-none = Qaydnomada hech kimning gapirgani qayd etilmagan.
speech-people = { $count ->
    [one] { $count } kishi
   *[other] { $count } kishi
 }
speech-text = Har bir yozib olingan mikrofonning ovoz balandligi bo‘yicha, soniyaning taxminan uchdan biri aniqligida o‘lchangan. Ikki soniyadan qisqa tanaffuslar ham hisobga kiradi; juda qisqa so‘z tushib qolishi, shovqin esa gap deb olinishi mumkin. Kimning mikrofoni eshitilgani ko‘rinadi, uning oldida kim o‘tirgani emas.
speech-sum = { $count ->
    [one] { $count } marta, { $total }
   *[other] { $count } marta, { $total }
 }
speech-open = { $segment }-qism, { $from } dan; nosozlik qaydnomani tugashidan oldin uzib qo‘ygan, yig‘indiga kirmaydi

gaps-title = Uzilishlar
gaps-none = Hech narsa yetishmayotgani yo‘q.
gaps-count = { $count ->
    [one] { $count } ta uzilish
   *[other] { $count } ta uzilish
 }
gaps-text = Bu yerda yetishmayotgan hamma narsa ishtirokchi va sabab bo‘yicha ko‘rsatilgan; har bir uzilishni ko‘rish uchun qatorni oching. To‘ldirilgan jimlik ham hisobga olingan. Manba boshqa faylda davom etgan joyda hech narsa yetishmaydi va u hisobga olinmaydi.
gaps-span = { $segment }-qism, { $from }–{ $to }
gaps-sum = { $count ->
    [one] { $count } ta uzilish, jami { $total }
   *[other] { $count } ta uzilish, jami { $total }
 }
gaps-track = { $name }: { $source ->
    [microphone] ovoz
    [camera] tasvir
   *[screen] ekran
 }
gap-muted = o‘chirilgan
gap-lost = tarmoqda yo‘qolgan
gap-stalled = yuboruvchidan hech narsa kelmagan
gap-outage = bizning tomonda nosozlik
gap-late-key-frame = birinchi to‘liq tasvir kutilgan
gap-not-started = hali yozilmayotgan edi
gap-ended = endi yo‘q

tracks-title = Fayllar
tracks-sum = { $count ->
    [one] { $count } ta fayl va uning xeshi
   *[other] { $count } ta fayl va ularning xeshlari
 }
custody-title = Saqlash zanjiri
custody-sum = { $count ->
    [one] { $count } ta amal
   *[other] { $count } ta amal
 }
custody-text = Bu yozuv bilan kim nima qilgani. Har bir qaydda oldingisining xeshi bor, shuning uchun birortasini sezdirmay o‘zgartirib yoki olib tashlab bo‘lmaydi.
custody-recorded = Yozib olindi
custody-sealed = Muhrlandi
custody-attached = Ishga qo‘shildi
custody-time-stamped = Vaqt tamg‘asi qo‘yildi
custody-logged = Ochiq jurnalga kiritildi
custody-resealed = Qayta muhrlandi
custody-annotated = Izoh kiritildi
custody-viewed = Ko‘rildi
custody-verified = Tekshirildi
custody-exported = Topshirildi
custody-access-copy = Ko‘rish nusxasi tayyorlandi
custody-enclosed = Saqlanadigan joyida shifrlandi
custody-repaired = Shikastlangan fayllar boshqa ombordan tiklandi
custody-copy-removed = Ikkinchi ombordan o‘chirildi
custody-media-requested = So‘raldi
custody-request-refused = So‘rov rad etildi
custody-released = Berildi
custody-release-withdrawn = Ruxsat qaytarib olindi
custody-played = Ijro etildi
custody-retention-set = Saqlash qoidasi belgilandi
custody-held = Yo‘q qilish taqiqlandi
custody-hold-lifted = Yo‘q qilish taqiqi bekor qilindi
custody-disposal-proposed = Yo‘q qilish taklif etildi
custody-disposal-decided = Yo‘q qilish to‘g‘risida qaror qilindi
custody-disposed = Yo‘q qilindi
custody-about-part = { $part }-qism, { $from } dan { $to } gacha
custody-about-span = { $from } dan { $to } gacha
custody-about-to = kimga: { $name }
custody-playback-asked-for = Namoyish etish so‘raldi
custody-at-hearing = «{ $title }» majlisida ({ $when } ga belgilangan)
custody-at-hearing-unknown = { $id } majlisida
custody-by-browsers = Kim ko‘rgani ularning brauzerlari xabari bo‘yicha qayd etilgan.
custody-state-open = boshlangan; tugagani qayd etilmagan
custody-state-succeeded = bajarildi
custody-state-failed = bajarilmadi
custody-state-unknown = noma’lum: server to‘xtaganda uzilib qolgan
custody-verified-open = boshlangan; tugagani qayd etilmagan
custody-verified-succeeded = barcha dalillar tasdiqlandi
custody-verified-failed = dalillardan biri tasdiqlanmadi
custody-verified-unknown = uzilib qolgan; hech narsani isbotlamaydi

proof-names = Fayl nomlari
proof-bag = To‘plam tuzilishi
proof-manifest = Muhrlangan fayllar ro‘yxati
proof-seal = Muhr imzosi
proof-signer = Kim muhrlagan
proof-signing-time = Muhrlash vaqti
proof-payload-complete = Yo‘qolgan yoki qo‘shilgan fayl yo‘q
proof-payload-digests = Har bir fayl muhrlangan holida
proof-seal-document = Muhr hujjati
proof-tracks = Yozuv yo‘llari
proof-fragments = Bo‘laklar
proof-gaps = Qayd etilgan uzilishlar
proof-court-log = Majlis qaydnomasi
proof-tag-files = Yozuv yonidagi fayllar
proof-custody = Saqlash zanjiri
proof-previous = Oldingi yozuv
proof-time-stamp = Muhrning vaqt tamg‘asi
proof-independent-time = Mustaqil vaqt tasdig‘i
proof-transparency-log = Sudning ochiq jurnali
proof-cosigners = Jurnalni birga imzolovchilar
proof-receipt = Majlisdan olingan tasdiq
proof-disposal = Yo‘q qilish guvohnomasi
proof-reseal = Keyingi yillardagi dalillar
proof-lasting = Eng eski va eng yangi dalil
proof-revocation = Bekor qilingan sertifikatlar
proof-content = Ko‘ringan va eshitilgan narsa
found-names-proved = Barcha nomlar to‘g‘ri, boshqa joyga olib boradigan havola yo‘q.
found-bag-proved = Yozuvning tuzilishi to‘g‘ri, hech bir qismi yetishmayotgani yo‘q.
found-manifest-proved = Muhrlangan fayllar ro‘yxati o‘qiladi va har bir faylni bir martadan ko‘rsatadi.
found-disposal-proved = Guvohnoma imzolangan, vaqt tamg‘asi bor va muhrlangan fayllar ro‘yxatiga mos.
found-disposal-trusted = Kim qaror qilgani va fayllar o‘chirilgani sudning so‘ziga tayanadi.
found-seal-proved = Imzo haqiqiy: fayllar ro‘yxati muhrlangandan beri o‘zgarmagan.
found-seal-failed = Imzo tasdiqlanmadi: fayllar ro‘yxati o‘zgartirilgan yoki uni boshqa kishi imzolagan.
found-signer-trusted = Muhr ushbu sud kaliti bilan qo‘yilgan. Bunga ishonch hosil qilish uchun barmoq izini solishtiring.
found-signer-not-checked = Muhr kimning kaliti bilan qo‘yilgani tekshirilmadi. Barmoq izini sud boshqa joyda e’lon qilgani bilan solishtiring.
found-signer-failed = Muhr ushbu sud kaliti bilan qo‘yilmagan.
found-signing-time-trusted = Muhrlash vaqti sudning o‘z soati bo‘yicha.
found-signing-time-failed = Muhrda hali kelmagan vaqt ko‘rsatilgan.
found-payload-complete-proved = Muhrlangan har bir fayl joyida, ortiqchasi yo‘q.
found-payload-complete-failed = Muhrlangan fayl yo‘qolgan yoki keyin fayl qo‘shilgan.
found-payload-digests-proved = Har bir fayl oxirgi bitigacha muhrlangan holida.
found-payload-digests-failed = Fayl muhrlangan holida emas: uni kimdir o‘zgartirgan yoki u shikastlangan.
found-seal-document-proved = Muhr hujjati fayllarga mos.
found-tracks-proved = Muhrda ko‘rsatilgan har bir yozuv yo‘li joyida va uzunligi mos.
found-tracks-not-checked = Fayl muhrlangan holida; uning ma’nosi bu formatda ko‘rsatilmagan.
found-fragments-proved = Har bir bo‘lak yozilgan paytdagi holida va yozilgan tartibida.
found-gaps-proved = Uzilishlar ro‘yxati to‘liq va yozuvlarga mos.
found-court-log-proved = Majlis qaydnomasi to‘liq va tartibli.
found-tag-files-proved = Yozuv yonidagi fayllar topshirilgan holida.
found-custody-proved = Har bir qaydda oldingisining xeshi bor; birortasi o‘zgartirilmagan va tushib qolmagan.
found-custody-trusted = Barcha amallar qayd etilgani sudning so‘ziga tayanadi.
found-custody-not-checked = Saqlash zanjiri topshiriladigan to‘plam bilan birga beriladi va o‘sha yerda tekshiriladi.
found-custody-failed = Zanjir uzilgan: qayd o‘zgartirilgan, olib tashlangan yoki qo‘shilgan, yoxud u boshqa yozuvga tegishli.
found-previous-not-checked = Bu yozuv oldingi yozuvning davomi. Uni ham tekshiring.
found-time-stamp-proved = Vaqt tamg‘asi haqiqiy: muhr o‘sha paytda mavjud bo‘lgan.
found-time-stamp-failed = Vaqt tamg‘asi tasdiqlanmadi: u bu muhrga tegishli emas yoki undagi vaqt to‘g‘ri bo‘lishi mumkin emas.
found-time-stamp-not-checked = Vaqt tamg‘asi yo‘q. Muhrlangan vaqt haqida faqat sudning so‘zi bor.
found-independent-time-trusted = Vaqtni siz ishonadigan, suddan mustaqil xizmat tasdiqlagan.
found-independent-time-not-checked = Vaqtni suddan tashqari siz ishonadigan hech kim tasdiqlamagan.
found-transparency-log-proved = Muhr sudning ochiq jurnalida bor.
found-transparency-log-failed = Muhr sudning ochiq jurnalida borligi haqidagi dalil tasdiqlanmadi.
found-transparency-log-not-checked = Muhr sudning ochiq jurnalida bor-yo‘qligi tekshirilmadi.
found-cosigners-trusted = Sud jurnalini birga imzolovchilar uni ko‘rgan va uning boshqa o‘tmishini ko‘rmagan.
found-cosigners-failed = Jurnal ostidagi birga imzolovchining imzosi tasdiqlanmadi.
found-cosigners-not-checked = Suddan tashqari kimdir jurnalni kuzatib turishi tekshirilmadi.
found-receipt-proved = Tasdiq mos keladi: bu o‘sha lahzagacha uning egasiga majlisda ko‘rsatilgan yozuvdir.
found-receipt-failed = Tasdiq mos kelmaydi: bu uning egasiga majlisda ko‘rsatilgan yozuv emas.
found-receipt-not-checked = Tasdiqni sud jurnali imzolaganmi, tekshirilmadi.
found-reseal-proved = Keyin qo‘shilgan dalillar haqiqiy: ular qamrab olgan narsa o‘sha paytdagidek turibdi.
found-reseal-trusted = Uni siz ishonadigan kishi qo‘shgan yoki siz ishonadigan xizmat vaqt tamg‘asini qo‘ygan.
found-reseal-not-checked = Keyingi dalil kimniki ekani tekshirilmadi.
found-reseal-failed = Keyin qo‘shilgan dalil tasdiqlanmadi: u o‘zgartirilgan yoki olib tashlangan, yoki u qamrab olgan narsa o‘zgartirilgan.
found-lasting-trusted = Har bir dalil oldingisining sertifikati muddati tugashidan avval qo‘shilgan.
found-lasting-not-checked = Sertifikatlar muddati tugagan yoki eng yangi vaqt siz ishonadigan xizmatniki emas: tafsilotda qaysi biri ekani aytilgan.
found-revocation-not-checked = Sertifikat bekor qilingan-qilinmaganini faqat sud ayta oladi.
found-content-not-checked = Baytlarning o‘zgarmagani kim ko‘ringani va aytilgan gap rostligi haqida hech narsa bildirmaydi.
found-any-failed = Bu tasdiqlanmadi. Sababi aniqlanmaguncha yozuvga tayanmang.
