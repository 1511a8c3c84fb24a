hearing-title = Majlis: { $title }
case-file = Ish hujjatlari
tiles-label = Zaldagi ishtirokchilar
tile-you = siz
tile-speaking = Gapirmoqda
tile-hand = Qo‘l ko‘targan
tile-mic-off = Mikrofon o‘chiq
tile-muted-by-court = Sud ovozini o‘chirgan
tile-no-picture = Tasvir yo‘q
tile-screened = Tasvir sud tomonidan yashirilgan
tile-kept-from = Yashirilgan: { $names }
tile-reconnecting = Aloqa uzildi, tiklanmoqda
tile-paused = Tasvir to‘xtatib turildi: aloqangiz zaif
tile-screen-of = { $name } ekrani
tile-only-you = Buni faqat siz ko‘rasiz
onlookers = { $count ->
    [one] { $count } kishi kuzatmoqda
   *[other] { $count } kishi kuzatmoqda
 }
tile-unsent = Hozir yuborilmayapti
tile-record-starting = Yozuv boshlanmoqda
tile-enlarge = { $name } tasvirini kattalashtirish
picture-of = { $name } tasviri
picture-screen = { $name } ekrani
picture-own = O‘zingizning tasviringiz

controls-label = Boshqaruv tugmalaringiz
mic-turn-off = Ovozni o‘chirish
mic-turn-on = Ovozni yoqish
mic-silenced = Sud ovozni o‘chirgan
mic-none = Mikrofon yo‘q
silenced-note = Sud mikrofoningizni o‘chirib qo‘ygan va uni faqat sud qayta yoqa oladi. Gapirmoqchi bo‘lsangiz, qo‘l ko‘taring.
camera-none = Kamera yo‘q
camera-turn-off = Kamerani o‘chirish
camera-turn-on = Kamerani yoqish
screen-share = Ekranni ko‘rsatish
screen-stop = Ekranni yopish
hand-up = Qo‘l ko‘tarish
hand-down = Qo‘lni tushirish
devices = Sozlash
devices-title = Kamera, mikrofon va ovoz
devices-title-watch = Ovoz
devices-done = Tayyor
devices-speaker = Karnay
devices-volume = Boshqalarni eshitish balandligi
leave = Chiqish
leave-title = Majlisdan chiqmoqchimisiz?
leave-text = Majlis tugaguncha havolangiz orqali qaytishingiz mumkin. Sud sizni yana kiritishi kerak bo‘ladi.
leave-confirm = Chiqish

banner-reconnecting = Aloqa uzildi. Sahifa o‘zi qayta ulanadi, joyingiz saqlanadi.
banner-media-lost = Ovoz va tasvir uzildi. Ular o‘zi tiklanadi.
banner-hear = Majlisni eshitish uchun shu yerni bosing
banner-record-failing = Yozuvda nosozlik: hozir aytilayotgan gaplar yo‘qolishi mumkin. To‘xtang va kotibga ayting.
banner-record-failing-wait = Yozuvda nosozlik bor. Iltimos, gapirishdan to‘xtab, kuting: sud bundan xabardor.
held-microphone = Qurilmangiz mikrofonni to‘xtatib turibdi, masalan, telefon qo‘ng‘irog‘i yoki o‘chirgich tufayli. Sizni hech kim eshitmaydi.
held-camera = Qurilmangiz kamerani to‘xtatib turibdi, masalan, oldinda boshqa dastur ochilgan. Tasviringiz qotib qolgan yoki qorong‘i.
replaced = { $source ->
    [microphone] Mikrofoningiz uzildi. Endi sahifa buni ishlatmoqda: { $label }.
   *[camera] Kamerangiz uzildi. Endi sahifa buni ishlatmoqda: { $label }.
 }
banner-record-failing-names = Hozir yozilmayapti: { $names }.
banner-not-begun = Majlis hali boshlanmagan. Hozircha hech kim ko‘rinmaydi va eshitilmaydi.
banner-paused = Sud tanaffus e’lon qildi. Hech kim ko‘rinmaydi, eshitilmaydi va yozib olinmaydi.
banner-suspended = Majlis texnik sababga ko‘ra to‘xtatildi. Hech kim ko‘rinmaydi, eshitilmaydi va yozib olinmaydi.
banner-adjourned = Majlis keyinga qoldirildi.
banner-adjourned-until = Majlis qoldirildi. Davomi: { $when }.
banner-in-camera = Majlis yopiq o‘tmoqda.
banner-consultation = Siz maxfiy maslahatdasiz. U yozib olinmaydi va uni boshqa hech kim eshitmaydi.
banner-retired = Sud hay’ati maslahatxonada. Bu yozib olinmaydi va uni boshqa hech kim eshitmaydi.
banner-muted = Sud mikrofoningizni o‘chirdi: sizni hech kim eshitmaydi. Gapirmoqchi bo‘lsangiz, qo‘l ko‘taring.
banner-quality-weak = Aloqangiz sust. Shunday davom etsa, kamerangizni o‘chiring.
banner-quality-bad = Aloqangiz juda sust. Kamerangizni o‘chiring yoki yaxshiroq tarmoqqa o‘ting.

news-state-listed = Majlis belgilangan.
news-state-open = Zallar ochildi.
news-state-in-session = Majlis bormoqda.
news-state-paused = Majlisda tanaffus.
news-state-suspended = Majlis texnik sababga ko‘ra to‘xtatildi.
news-state-adjourned = Majlis keyinga qoldirildi.
news-state-closed = Majlis yakunlandi.
news-in-camera = Endi majlis yopiq o‘tadi.
news-in-public = Majlis yana ochiq o‘tadi.
news-you-muted = Sud mikrofoningizni o‘chirdi.
news-came-in = { $name } kirdi.
news-went-out = { $name } zaldan chiqdi.
news-waits = { $name } kutmoqda.
news-lost = { $name } bilan aloqa uzildi.
news-back = { $name } qaytdi.
news-hand = { $name } qo‘l ko‘tardi.

word-called = Sud sizni chaqirdi. Siz endi majlisdasiz.
word-admitted = Sud sizni kiritdi. Siz endi majlisdasiz.
word-returned = Siz yana majlisdasiz.
word-sent-to-waiting = Sud sizni kutish xonasiga qaytardi. Bu yerda sizni hech kim ko‘rmaydi va eshitmaydi.
word-sworn = Sud qasamyodingizni qayd etdi. Endi ko‘rsatuv berasiz.
word-affirmed = Sud tantanali va’dangizni qayd etdi. Endi ko‘rsatuv berasiz.
word-unmuted = Sud sizga yana gapirishga ruxsat berdi.
reach-both = Zaldagilarning hammasi sizni ko‘radi va eshitadi.
reach-screened = Xonadagi hamma sizni eshitadi. Tasviringiz sud ko‘rsatgan shaxslardan yashirilgan.
reach-screened-picture = Tasviringiz sud ko‘rsatgan shaxslardan yashirilgan. Sizni hech kim eshitmaydi: mikrofoningiz o‘chiq.
reach-sound = Zaldagilarning hammasi sizni eshitadi, tasviringiz yuborilmaydi.
reach-picture = Zaldagilarning hammasi sizni ko‘radi, lekin hech kim eshitmaydi: mikrofoningiz o‘chiq.
reach-nothing = Sizni hech kim ko‘rmaydi va eshitmaydi: kamera va mikrofoningiz o‘chiq.
reach-quiet = Hozir majlis to‘xtab turibdi: hali hech kim ko‘rinmaydi va eshitilmaydi.
reach-unsent = Aloqa uzildi: boshqalar sizni ko‘rayotgani va eshitayotgani noma’lum.
reach-watch = Siz majlisni ko‘rasiz va eshitasiz. Sizni hech kim ko‘rmaydi va eshitmaydi.
