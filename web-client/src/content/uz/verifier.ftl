verifier-title = Yozuvni tekshirish
verifier-lead = Bu sahifa yozuv aynan sud muhrlagan holida ekan-ekanmasligini ko‘rsatadi. Sizga sud topshirgan yozuv va sudning ildiz sertifikati kerak.
verifier-offline = Tekshiruv faqat shu qurilmada o‘tadi. Bu sahifa hech narsaga ulana olmaydi; tarmoqni o‘chirib qo‘yishingiz mumkin.
verifier-bundle = 1. Yozuv
verifier-bundle-hint = Yuklab olingan .tar fayli yoki ichida bagit.txt bor ochilgan papka. Uni shu sahifaga sudrab tashlash ham mumkin. Undagi hech narsa o‘zgartirilmaydi.
verifier-choose-tar = .tar faylini tanlash
verifier-choose-folder = Papkani tanlash
verifier-choose-certificate = Sertifikat faylini tanlash
verifier-chosen = Tanlandi: { $name }
verifier-nothing-chosen = Hali hech narsa tanlanmagan.
verifier-stored = Bu sudning o‘zida saqlanadigan shakl, saqlash zanjirisiz. Buni faqat sudda belgilang.
verifier-root = 2. Sudning ildiz sertifikati
verifier-root-hint = Nomi .pem bilan tugaydigan kichik fayl. Uni sudning o‘zidan, uning saytidan yoki devonxonasidan oling, yozuvning ichidan hech qachon olmang: soxtalashtiruvchi u yerga o‘z sertifikatini qo‘ygan bo‘lar edi.
verifier-time-root = 3. Vaqt tamg‘asi xizmatining sertifikati (shart emas)
verifier-time-root-hint = U bilan bu sahifa vaqtni suddan tashqari kimdir tasdiqlaganini ayta oladi. Uni o‘sha xizmatdan oling.
verifier-log-keys = 4. Sudning ochiq jurnali kalitlari (shart emas)
verifier-log-keys-hint = Har bir kalitga bittadan qator yozilgan kichik matn fayli. Uni sudning saytidan yoki devonxonasidan oling, jurnalni kuzatuvchilarning kalitlarini esa ularning o‘zidan. U bilan bu sahifa muhr hamma ko‘radigan jurnalga kiritilganini ayta oladi.
verifier-choose-keys = Kalitlar faylini tanlash
verifier-no-keys = Bu faylda bunday kalitlar yo‘q yoki qatorida xato bor. Boshqasini tanlang.
verifier-key-of-log = Jurnal kaliti
verifier-key-of-cosigner = Birga imzolovchining kaliti
verifier-no-certificate = Bu faylda o‘qib bo‘ladigan sertifikat yo‘q. Boshqasini tanlang.
verifier-certificate-of = Sertifikat egasi
verifier-without-root = Sud sertifikatisiz faqat shikast va keyingi o‘zgarishlar topiladi. Muhrni kim qo‘ygani noma’lum qoladi.
verifier-start = Tekshirish
verifier-need = Avval yozuvni tanlang.
verifier-cancel = To‘xtatish
verifier-preparing = Ro‘yxatlar va imzolar o‘qilmoqda
verifier-progress = Yozuv o‘qilmoqda: { $percent } %. Uzun yozuvga bir necha daqiqa kerak.
verifier-proved = Yozuv siz tanlagan sertifikat ostida muhrlangan holida
verifier-proved-text = Barcha dalillar tasdiqlandi. Quyida nima isbotlangani, nima kimningdir so‘ziga tayangani va nima tekshirilmagani ko‘rsatilgan.
verifier-signer-not-checked = Fayllar butun, lekin ularni kim muhrlagani tekshirilmadi
verifier-signer-not-checked-text = Bunday yozuv va muhrni har kim yasashi mumkin. Ildiz sertifikatini suddan oling, uni tanlang va qaytadan tekshiring.
verifier-proofs-missing = Bor narsa muhrlangan holida, lekin siz so‘ragan dalil yetishmaydi
verifier-proofs-missing-text = { $count ->
    [one] Bitta dalil yo‘q. Uni kimdir olib tashlagan yoki u hech qachon bo‘lmagan bo‘lishi mumkin. Suddan to‘liq yozuvni so‘rang yoki sababini aniqlang.
   *[other] { $count } ta dalil yo‘q. Ularni kimdir olib tashlagan yoki ular hech qachon bo‘lmagan bo‘lishi mumkin. Suddan to‘liq yozuvni so‘rang yoki sababini aniqlang.
}
verifier-failed = Bu yozuv isbotlanmadi
verifier-failed-text = { $count ->
    [one] Bitta tekshiruv tasdiqlanmadi. Sababi aniqlanmaguncha yozuvga tayanmang. Faylni o‘z holida saqlang va suddan so‘rang.
   *[other] { $count } ta tekshiruv tasdiqlanmadi. Sababi aniqlanmaguncha yozuvga tayanmang. Fayllarni o‘z holida saqlang va suddan so‘rang.
}
verifier-fact-recording = Yozuv raqami
verifier-fact-fingerprint = Ildiz sertifikatining barmoq izi (SHA-256). Uni sud e’lon qilgani bilan solishtiring
verifier-fact-manifest = Muhrlangan fayllar ro‘yxatining SHA-256 qiymati (manifest-sha256.txt)
verifier-kind-failed = Bu tasdiqlanmadi.
verifier-kind-missing = Siz so‘zi bo‘lishi kerak bo‘lgan kimnidir ko‘rsatdingiz yoki bu har bir yozuv bilan beriladigan qism, lekin u yo‘q.
verifier-kind-proved = Bu aniq: tekshiruvni takrorlagan har kim shu natijaga keladi.
verifier-kind-trusted = Bu asoslangan so‘z qanchalik ishonchli bo‘lsa, shunchalik ishonchli.
verifier-kind-not-checked = Bu haqda tekshiruv hech narsa demaydi: na yaxshi, na yomon.
verifier-found-names-proved = Barcha nomlar to‘g‘ri.
verifier-found-names-not-checked = Papkada bu brauzer havolalar va bo‘sh papkalarni ko‘rsatmaydi. Bu muhim bo‘lsa, .tar faylini tekshiring.
verifier-found-signer-trusted = Muhr siz tanlagan sertifikatga olib boradi. Barmoq izini sud e’lon qilgani bilan solishtiring.
verifier-found-signer-failed = Muhr siz tanlagan sertifikatga olib bormaydi yoki sertifikat o‘sha paytda amal qilmagan.
verifier-found-independent-time-missing = Siz tanlagan xizmatning vaqt tamg‘asi topilmadi.
verifier-found-transparency-log-missing = Jurnal yoki birga imzolovchi kalitini tanlagan bo‘lsangiz ham, jurnal dalili topilmadi.
verifier-found-cosigners-missing = Siz kalitlarini tanlagan birga imzolovchilarning birortasi imzolamagan.
verifier-found-custody-missing = Topshiriladigan yozuv bilan birga beriladigan saqlash zanjiri va imzolangan ro‘yxat yo‘q.
verifier-trouble-no-bundle = Bu bunday turdagi yozuv emas: unda bagit.txt yo‘q. Sud bergan .tar faylini yoki ichida bagit.txt bor ochilgan papkani tanlang.
verifier-trouble-several = Unda bir nechta yozuv bor. Ulardan birining papkasini tanlang.
verifier-trouble-too-many = Unda har qanday yozuvdagidan ko‘p fayl bor. Hech narsa tekshirilmadi.
verifier-trouble-tar = Bu .tar fayli shikastlangan yoki .tar fayli emas. Uni qaytadan yuklab oling. Hech narsa tekshirilmadi.
verifier-trouble-dropped = Bitta .tar faylini yoki bitta papkani sudrab tashlang.
verifier-trouble-other = Tekshirib bo‘lmadi. Bu yozuv haqida hech narsa bildirmaydi. Fayllarni qaytadan tanlang yoki boshqa qurilmadan foydalaning.
