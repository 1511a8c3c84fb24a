reason-label = Sabab
requests-title = So‘rovlar va ruxsatlar
requests-sum = { $count ->
    [0] hech kim so‘ramagan
   *[other] { $count } ta so‘rov
 }{ $pending ->
    [0] {""}
   *[other] , { $pending } tasi qaror kutmoqda
 }
requests-text = Bu yozuvni kim so‘ragani va kimga nima berilgani. Har bir so‘rov, qaror va ijro saqlash zanjiriga qayd etiladi; sabablar shu yerda, ish hujjatlarida qoladi.
requests-none = Bu yozuvni hech kim so‘ramagan.
request-number = { $number }-son so‘rov
request-form = Nima so‘ralmoqda
request-form-access-copy = Ism yozilgan ko‘rish nusxasi
request-form-bundle = Muhrlangan to‘plam: asl fayllar va muhr
request-to = Kim uchun
request-by = Kim so‘ragan
request-reason = Asos
request-decision = Qaror
request-withdrawal = Qaytarib olingan
request-opens-until = Ochiladi, muddati:
request-opened-until = Ochilgan edi, muddati:
request-state-pending = qaror kutmoqda
request-state-granted = berilgan
request-state-refused = rad etilgan
request-state-withdrawn = qaytarib olingan
request-state-over = muddati o‘tgan
request-name = Kim uchun (ismi)
request-grant = Ruxsat berish
request-grant-text = Yozuv faqat { $name } uchun beriladi. Siz shu shaxsga topshirish uchun havola olasiz.
request-grant-now = Yozuvni berish
request-days = Qancha vaqt ochiladi
request-days-option = { $count } kun
request-refuse = Rad etish
request-refuse-now = So‘rovni rad etish
request-enter = Boshqa shaxs uchun so‘rov kiritish
request-enter-text = Xat yoki telefon orqali kelgan so‘rov uchun. U ham boshqalari kabi qaror kutadi.
request-enter-now = So‘rovni kiritish
request-ask = Bu yozuvni so‘rash
request-ask-text = Sud bu haqda qaror qiladi va sababini aytadi. Qarorni shu yerda ko‘rasiz.
request-ask-now = So‘rovni yuborish
release-link-make = Yangi havola tayyorlash
release-link-hint = Yangi havola avvalgisini bekor qiladi.
release-link-once = Havolani hozir nusxalab oling va xavfsiz yo‘l bilan bering (kimga: { $name }): u faqat bir marta ko‘rsatiladi va kimda bo‘lsa, o‘sha yozuvni ochadi.
release-link-close = Nusxalab oldim
release-copy-done = Ism yozilgan nusxa tayyor.
release-copy-none = Ism yozilgan nusxa ruxsat ochilganda tayyorlanadi.
release-withdraw = Qaytarib olish
release-withdraw-text = Havola ham, nusxa ham shu zahoti hech narsani ochmaydi, hozir ko‘rayotganlarda ham. Avval yuklab olingani egasida qoladi.
release-withdraw-now = Ruxsatni qaytarib olish
release-title = Sud bergan yozuv
release-text = Sud bu havola orqali yozuvni nomi ko‘rsatilgan shaxsga berdi. Uni ochish va ijro etilgan har bir qism saqlash zanjiriga qayd etiladi.
release-open = Yozuvni ochish
release-no-link = Bu sahifa sud bergan havola bilan ochiladi. O‘sha havolani qaytadan oching.
release-for = { $name } uchun, { $number }-son so‘rov bo‘yicha berilgan.
release-until = U { $until } gacha ochiladi.
release-copy-text = Ko‘rish uchun nusxa: filmda hamma ko‘rinadi va kimga berilgani yozilgan. U hech narsani isbotlamaydi; dalil suddagi muhrlangan asl fayllardir.
release-bundle-text = To‘plamda asl fayllar, muhr va saqlash zanjiri bor. Undagi VERIFY.txt uni sud serverisiz tekshirish yo‘lini aytadi.
release-logged = Ijro etganlaringiz vaqti bilan saqlash zanjiriga qayd etiladi. Uni boshqalarga bermang.
recordings-title = Majlisingiz yozuvlari
recordings-ask = Bu majlis yozuvini so‘rash
recordings-text = Suddan yozuvni so‘rashingiz mumkin. Sud qaror qiladi, sizga bergani esa u belgilagan kungacha shu yerda ochiladi.
recordings-none = Bu majlisning muhrlangan yozuvi hali yo‘q.
played-unsaid = Ijro etilgan { $count } ta qism hali saqlash zanjiriga qayd etilmadi; qayta urinilmoqda.
