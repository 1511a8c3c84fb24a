cases-title = Ishlar
cases-none = Hali ishlar yo‘q.
case-new = Yangi ish
case-reference = Ish raqami
case-title = Nomi
case-create = Ishni yaratish
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
hearing-people = Ishtirokchilar va havolalar
person-name = Ismi
person-role = Maqomi
person-add = Ishtirokchini qo‘shish
invite-days = { $name } uchun havola qancha vaqt ochiladi
invite-days-option = { $count ->
    [one] { $count } kun
   *[other] { $count } kun
 }
invite-make = Havola yaratish
invite-once = Havola faqat hozir ko‘rsatiladi. Amal qilish muddati: { $until }.
invite-link = { $name } uchun havola
invite-copy = Nusxa olish
invite-copied = Nusxa olindi
invite-revoke = Bekor qilish
invite-revoked = Havola bekor qilindi va endi hech narsani ochmaydi.

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
player-position-text = { $length } dan { $at }
player-loading = Yuklanmoqda
player-gap = Bu lahzada tasvir yozib olinmagan
player-error = Bu faylni bu yerda ijro etib bo‘lmaydi

seal-title = Muhr
seal-proves = Muhr har bir fayl yozuv yopilgan paytdagi holida ekanini isbotlaydi: birorta fayldagi bitta bit o‘zgarsa ham muhr buziladi. Unda muhrlangan vaqt va ushbu sud serverining sertifikati ko‘rsatilgan.
seal-not = Muhr aytilgan gaplar rostligini yoki kamera oldida kim turganini isbotlamaydi. Nima bo‘lgani va nima yetishmayotgani quyidagi qaydnoma va uzilishlarda ko‘rsatilgan.
seal-interrupted = Bu yozuv nosozlik tufayli uzilib qolgan. U qanday topilgan bo‘lsa, shundayligicha muhrlangan va bu muhrda qayd etilgan.
seal-when = Muhrlangan vaqti
seal-manifest = Imzolangan fayllar ro‘yxatining SHA-256 xeshi
seal-root = Ildiz sertifikat barmoq izi (SHA-256)
seal-compare = Barmoq izini sud boshqa joyda e’lon qilgani bilan solishtiring. Shundagina muhrni kim qo‘ygani isbotlanadi.

verify-title = Tekshirish
verify-text = Barcha xeshlarni qaytadan hisoblaydi va imzoni shu serverda tekshiradi. Hech kimga bog‘liq bo‘lmaslik uchun to‘plamni yuklab oling va o‘z qurilmangizda tekshiring: tartibi undagi VERIFY.txt faylida yozilgan.
verify-now = Hozir tekshirish
verify-busy = Tekshirilmoqda
verify-ok = Barcha dalillar tasdiqlandi.
verify-failed = Kamida bitta dalil tasdiqlanmadi.
verdict-proved = Isbotlandi
verdict-trusted = Ishonchga asoslangan
verdict-not-checked = Tekshirilmadi
verdict-failed = Tasdiqlanmadi

download-title = Berish
download-text = To‘plamda asl fayllar, muhr, majlis qaydnomasi, uzilishlar va saqlash zanjiri bor. Uni olgan kishi bu serversiz ham tekshira oladi. Yuklab olish saqlash zanjiriga kiritiladi.
download-now = To‘plamni yuklab olish

access-title = Ko‘rish uchun nusxa
access-text = Asl fayllardan tayyorlangan, hamma bir tasvirda ko‘rinadigan film. U qulay, lekin hech narsani isbotlamaydi: dalil asl fayllardir.
access-make = Nusxa tayyorlash
access-running = Nusxa tayyorlanmoqda: { $percent } %
access-failed = Nusxani tayyorlab bo‘lmadi. { $detail }

log-title = Majlis qaydnomasi
log-none = Qaydnoma bo‘sh.
log-by = bajardi: { $name }
log-play = { $at } dan ijro etish
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
log-muted = Ovozi o‘chirildi
log-unmuted = So‘z berildi
log-called = Chaqirildi
log-identified = Shaxsi aniqlandi
log-sworn = Qasamyod qildi
log-affirmed = Tantanali va’da berdi
log-released = Javob berildi
log-on-record = Yozuv boshlandi
log-off-record = Yozuv to‘xtatildi
log-paused = Tanaffus
log-suspended = Texnik sababga ko‘ra to‘xtatildi
log-resumed = Davom ettirildi
log-adjourned = Keyinga qoldirildi
log-closed = Majlis yakunlandi
log-in-camera = Majlis yopiq qilindi
log-in-public = Majlis ochiq qilindi
log-marker = Belgi
log-disconnected = Aloqa uzildi
log-reconnected = Aloqa tiklandi
log-interrupted = Nosozlik tufayli uzildi
log-record-failed = Yozuvda nosozlik

gaps-title = Uzilishlar
gaps-none = Hech narsa yetishmayotgani yo‘q.
gaps-text = Bu yerda ovoz yoki tasvir yozib olinmagan har bir oraliq sababi bilan ko‘rsatilgan. To‘ldirilgan sukunat ham ro‘yxatda.
gaps-span = { $segment }-qism, { $from }–{ $to }
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
gap-not-started = hali kelmagan
gap-ended = endi yo‘q

tracks-title = Fayllar
custody-title = Saqlash zanjiri
custody-text = Bu yozuv bilan kim nima qilgani. Har bir qaydda oldingisining xeshi bor, shuning uchun birortasini sezdirmay o‘zgartirib yoki olib tashlab bo‘lmaydi.
custody-recorded = Yozib olindi
custody-sealed = Muhrlandi
custody-attached = Ishga qo‘shildi
custody-viewed = Ko‘rildi
custody-verified = Tekshirildi
custody-exported = Berildi
custody-access-copy = Ko‘rish nusxasi tayyorlandi
