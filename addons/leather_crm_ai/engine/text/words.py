"""Common words of each language: by them a text's language is known, and none of them is taken for a misspelling."""

from .normalise import normalise

FRENCH = """
le la les un une des du de d l au aux a à en dans sur sous avec sans pour par vers chez entre depuis pendant avant
après apres contre selon malgré malgre sauf dès jusque jusqu près pres lors je j tu il elle on nous vous ils elles me
m te t se s lui leur leurs y moi toi soi eux ce c ces cet cette ça ca cela ceci celui celle ceux celles mon ma mes ton
ta tes son sa ses notre nos votre vos qui que qu quoi dont où ou et mais donc or ni car si comme quand lorsque puisque
parce alors aussi ainsi cependant pourtant sinon puis ensuite ne n pas plus moins rien jamais personne aucun aucune
non oui peut être peutetre très tres trop peu assez beaucoup bien mal encore toujours déjà deja souvent parfois
maintenant aujourd hui demain hier matin soir nuit jour jours semaine semaines mois an ans année années annee annees
heure heures minute fois temps date lundi mardi mercredi jeudi vendredi samedi dimanche janvier février fevrier mars
avril mai juin juillet août aout septembre octobre novembre décembre decembre suis es est sommes êtes etes sont étais
etais était etait étaient etaient été ete serai sera seront serait soit sois ai as avons avez ont avais avait avions
aviez avaient aurai aura auront aurait eu ayant étant etant fais fait faire faites font faut fallait va vais vas
allons allez vont aller allé veux veut voulons voulez vouloir voulu voudrais voudrait peux peut pouvons pouvez peuvent
pouvoir pu pourrais pourrait pourriez puis dois doit devons devez doivent devoir dû devait devrait sais sait savons
savez savoir su vois voit voir vu voyez dis dit dire dites disant prend prendre pris prends mettre mis mets met donner
donne donné donnez trouver trouve trouvé tient tenir tenu venir vient viens venu viennent passer passe passé rester
reste resté porter porte porté portent acheter achète acheté achete achat vendre vend vendu vente payer paye payé paie
recevoir reçu recu reçois reçoit reçue envoyer envoyé envoyez envoi livrer livré livrée livrez commander commandé
commande commandes répondre repondre réponse reponse répond demander demande demandé demandons attendre attend attends
attendu attente appeler appelé appelle rappeler rappelle écrit ecrit écrire mail mails message messages téléphone
telephone tel numéro numero bonjour bonsoir salut merci svp stp cordialement madame monsieur messieurs cher chère
veuillez prière priere salutations distinguées sincères respectueusement slt bjr bsr cdt cdlt mr mme bonne journée
journee homme hommes femme gens monde client clients clientes ouvrier ouvriers salarié salariés employé employés chef
chefs collègue collegue collègues agent agents équipe equipe équipes magasin boutique usine atelier chantier bureau
dépôt depot société societe entreprise entreprises direction service services fournisseur fabricant marque modèle
modele produit produits article articles chaussure chaussures botte bottes bottines soulier souliers paire paires pied
pieds semelle semelles cuir couture coutures lacet lacets talon talons taille tailles pointure pointures carton
cartons boîte boite boîtes boites colis palette palettes étiquette etiquette facture factures bon livraison livraisons
délai delai délais retard prix remise tarif devis avoir remboursement échange echange retour retours garantie qualité
qualite défaut defaut défauts problème probleme problèmes problemes réclamation reclamation plainte urgent urgence
rapide rapidement possible impossible nouveau nouvelle nouveaux neuf neuve neuves vieux vieille grand grande grands
petit petite petits gros grosse bon bonne bons mauvais mauvaise mauvaises premier première premiere deuxième deuxieme
troisième troisieme dernier dernière derniere seul seule même meme mêmes autre autres tout toute tous toutes chaque
quelque quelques plusieurs certains tel telle quel quelle quels quelles un deux trois quatre cinq six sept huit neuf
dix onze douze quinze vingt trente quarante cinquante soixante cent mille dizaine douzaine vingtaine moitié moitie eau
pluie huile sol route travail travailler travaille travaillent sécurité securite protection danger dangereux accident
blessé blesse blessure hôpital hopital médecin medecin norme normes certificat attestation notice marquage est-ce
combien comment pourquoi quelqu chose choses côté cote haut bas gauche droite droit devant derrière derriere dessus
dessous dedans dehors ici là bout fin début debut suite cause fait cas point place lieu part façon facon manière
maniere sorte type genre nombre quantité quantite total montant somme argent dinars da euro euros compte banque
virement chèque cheque paiement règlement reglement espèces pq pcq pk bcp tjrs tjr jms ds ms qd qlq qlqn cmt rdv pb
pbl ptetre mnt mtn vs ns dc jai jattend jattends cest ya yavait cetait jamais quon quil quelle dun dune lautre svp pr
pdt qql chui kan koi ki ke c'est d'accord daccord voilà voila trous trou sang main doigt jambe dos tête tete oeil peau
mal douleur odeur bruit tache taches couleur noir noire blanc blanche marron rouge bleu vert gris jaune clair foncé
honte honteux inadmissible inacceptable scandaleux déçu decu déçue satisfait satisfaite content contente bravo parfait
parfaite excellent excellente super génial genial nickel impeccable félicitations recommande tombe tombé tomber casse
cassé casser déchiré déchire décolle décollé collé colle ouvert ouverte fermé cassée abîmé abime abimé sale propre usé
usée glisse glissé fuit prend rentre entre sort part parti partie laissé lâché lache manque manquait manquent manquant
mélangé trompé erreur faux fausse correct
"""

ENGLISH = """
the a an of to in on at by for with from into onto about over under after before between through during against
without within until since around near behind below above off out up down upon per than i you he she it we they me him
her us them my your his its our their mine yours ours theirs this that these those who whom whose which what where
when why how someone anyone everyone nobody nothing something anything everything none and or but so because although
though if unless while as whether nor yet is are was were be been being am isn't aren't wasn't weren't has have had
haven't hasn't hadn't having do does did don't doesn't didn't done doing can can't cannot could couldn't will won't
would wouldn't shall should shouldn't may might must ought need needs needed let lets dont doesnt didnt cant wont isnt
arent wasnt havent hasnt im ive youre theyre thats not no yes never always often sometimes still already again just
only even also too very much many more most less least few little some any all both each every either neither other
another same such own enough quite rather really almost now then today tomorrow yesterday morning evening night day
days week weeks month months year years hour hours minute minutes time times ago soon later early late once twice
first second third last next past monday tuesday wednesday thursday friday saturday sunday january february march
april may june july august september october november december one two three four five six seven eight nine ten eleven
twelve twenty thirty forty fifty hundred thousand dozen half couple several pair pairs here there everywhere somewhere
inside outside left right top bottom side front back end middle away good bad better best worse worst great fine nice
poor new old big small large long short high low wide narrow tight loose hard soft hot cold wet dry heavy light clean
dirty full empty open closed broken wrong right correct false true same different available possible impossible sure
ready happy unhappy sorry pleased disappointed satisfied unacceptable ridiculous terrible awful horrible amazing
perfect excellent hello hi hey dear sir madam regards sincerely thanks thank please kindly cheers team mr mrs ms get
gets got getting go goes went gone going come comes came coming take takes took taken taking make makes made making
give gives gave given giving put puts keep keeps kept find finds found see sees saw seen say says said tell tells told
ask asks asked asking answer answers answered reply replied replies call calls called calling phone email mail message
write wrote written writing read send sends sent sending receive receives received receiving deliver delivers
delivered delivery deliveries order orders ordered ordering buy buys bought buying sell sells sold pay pays paid
paying payment charge charged invoice invoiced invoices bill billed refund refunded exchange replace replaced
replacement return returned returns credit note price prices discount quote quotation cost costs money bank transfer
account amount total vat tax want wants wanted like likes liked use uses used using work works worked working worker
workers job wear wears wore worn wearing walk walked walking stand standing stood run running ran fall falls fell
fallen slip slips slipped trip tripped break breaks broke crack cracked cracks tear tore torn rip ripped split peel
peeled peeling leak leaks leaked leaking stepped step hit hurt hurts injured injury injuries cut cuts burn burned
burnt bleed bleeding blood bruise pain painful foot feet toe toes heel heels ankle leg legs hand back skin finger sock
socks hospital doctor nurse clinic medical shoe shoes boot boots sole soles insole outsole upper leather stitch
stitching seam seams lace laces eyelet eyelets buckle zip zipper lining tongue size sizes fit fits fitting colour
color black brown white red blue green grey gray stain stains box boxes carton cartons pallet pallets parcel package
packaging label labels barcode tag leaflet instructions manual mark marking certificate certificates standard
standards safety protective protection cap plate steel composite nail nails puncture slippery floor oil water rain
chemical acid electric shock static antistatic company customer customers client clients supplier manager foreman
supervisor site warehouse shop store factory office department staff crew people person man men woman women guy guys
boy son daughter husband wife father mother brother problem problems issue issues fault faulty defect defective damage
damaged quality complaint complain batch lot number missing late delay delayed waiting wait waited arrive arrives
arrived arriving arrival shipment shipped ship shipping date dates schedule lead production capacity thing things way
place part parts kind sort type case reason name list copy photo photos picture pictures attached know knows knew
known think thinks thought believe understand understood mean means meant look looks looked looking seem seems seemed
feel feels felt happen happens happened start started stop stopped try tried trying help helped hope hoped leave
leaves left stay stayed turn turned show showed shown check checked close closed move moved hold held bring brought
pick picked throw threw lost lose losing win change changed changes charge mistake error sell sale sales business
market world street home house car truck driver van road door gate line end point hole holes could anybody somebody
since every because however therefore regarding
"""

ARABIZI = """
rani rak raki rana rakom rah rahi rahom rahou ra7 rahoum kan kanet kano kanou ykoun tkoun nkoun yekoun kayen kayna
kaynin makach makanch makanech makash mkach walou walo wallo oualou hata 7ata 7atta hatta hta 7ta ghi ghir ghyr gheir
bark brk bezaf bzf bezzaf bzaf bzzaf chwiya chouia chwia chwya chouya kima kifach kifech kifah kifeh kifash wach wech
wesh wash ouech ach achnou chnou chno wachnou wchnou win wine win feen fin mnin menin mnine imta waqtach wa9tach
weqtach ch7al chhal chehal gueddach 9addach alach 3lach 3lah 3leh alah laalach 3alah 3lech ana nta nti ntouma ntoma
7na hna ahna huma homa houma houwa howa hiya hya ta3 tae taa ta3i ta3k ta3kom ta3koum ta3na ta3hom ta3ha ta3ou taekom
taekoum taakom taakoum taana taa3kom tae3 nta3 ntaa nta3i dyali dyalkom dyal dial dialkom dialna dyalna dyalek 3andi
3andkom 3andkoum 3andna 3andek 3andou 3andha 3andhom andi andkom andkoum andna andou 3ndi 3ndkom 3ndna 3ndou li lli
eli elli illi bli belli hada hadi hadou hadik hadak hado hadu had hed hadek dik dak haka hak hakda hakdak hna hnaya
temma tema lhih men mel mn mena menha menou minha 3la 3lik 3likom 3likoum 3liha 3lina 3lihom 3liya ala alikom f fel fi
fih fiha fihom fina b bel bih biha bihom l lel w wel ou wala wela welle o ma mach machi mch mashi mech mchi manich
maranich marahich marahoch mazal mazel mazalou mazalni mazalna maza mal9inach ma7abch majach majatch maja ja jat jaw
jani jatni jawni jana jatna jawna yji tji nji jit jina ji jay jaya dert derna dertou dartou darou dar dir diri dirou
ndir ndirou ydir ydirou tdir rayeh ray7 raye7 rayha raye7 rou7 roh ro7t roht ro7na nro7 nrouh nro7ou mchi mcha mchat
mchit nemchi nemchiw yemchi temchi chrit chrina chraw chra nechri nechriw chriti cheri techri bghit bghina nebghi
baghi hab 7ab nhab n7ab n7eb nhabou n7abou nchalah inchallah inchalah nchallah inshallah wallah wlh wellah walah wlhi
wallahi hamdoulah hamdoullah lhamdoulah lhamdoullah 7amdoulah elhamdoulillah rabi rebi yarabi allah ya khoya khouya
kho khoti khoutna khawti khti chef sidi si sa7a saha sahit sa7it s7a sahha ya3tik ya3tikom ya3tikoum ya3tikou barak
barakallah baraka chokran chukran choukran salam slm slam salem salamo alikoum alaykoum 3alaykoum lah 3lik labas sbah
sba7 lkhir elkhir el khir msa masa sabbat sabat sebbat sbat sabbate sbabet sebabet sbbat soubat spat sbatat sebbati
sabati rejli rejlya rajli rjli rejliya rejlih rejlou rjel rejlin rejlina khedma khdma khadma 5edma nekhdem nekhdmou
nkhadmou nekhdmo yekhdem yekhdmou khedamin khedama khaddam khaddama khadamin khdamin khdam drahem draham drahmi
drahemi drahamna dra7em flous flousi swared ghali ghalya rkhis rkhisa sma7 smahli sme7li lyoum elyoum lyom ghodwa
ghadwa ghdwa lbare7 lbareh elbareh nhar nhar lnhar chhar chahr ch8ar chher simana smana semana 3am 3amin youm youmin
yamat sa3a sa3at daba drk drok dork derwek dorka derka tawa lyouma kbir kbira sghir sghira sghar kbar mlih mliha mli7
mli7a mlah mla7 khayeb khayba douni jdid jdida jdad qdim 9dim 9dima wahed wa7ed wahda wa7da zouj zoudj zoj tlata
tlatha rab3a reb3a khamsa khmsa setta sta seb3a tmenya tes3a 3achra 3ecra achra 3echrin 3achrin tlatin khamsin mya
meya mia alf tla3 tla7 t7ell t7al nhal n7al tkasser tkesser tkassar t9ata3 t9ta3 tgata3 tqeta3 mgata3 m9ata3 mkasser
mkassar tcharek tcherek mcherrek tla9 tgla3 t9al3et t9ala3 tnahat tnaha tnahhat tfarta3 tfertak tferket teffet tfetfet
tfelset mfelsa khsara khasra khser khasser khsert ghalat ghalet ghalta ghalatou naqes na9es n9es n9ast na9sin zayed
zayda zaydin ziada mouchkil mochkil mouchkila mochkla mochkil mouchkla muchkil probleme 3ayet 3ayatt 3aytou n3ayet
y3ayet t3ayet 3ayetna 3aytna 3ayatlkom tsonna b3at b3att b3ath b3atht b3athna b3atou b3attou b3atoulna ba3at ba3ath
ab3at ab3atou ab3atouli ab3ato tab3at nab3at yab3at yjawab yjaweb jaweb jawbou jawbouni majawbouch ma3andich
ma3andnach manjmch manejmoch manjmouch nejem njem tnejem yenjem ynajem y9der y9ad te9der n9der na9dar nqdr ne9edrou
khelas khalas khlas khalast khalest khalasna khelasna kheles khalset khles golna goultli golt gal galou 9al 9alou 9ali
9alouli goltouli goultoulna goltolna galouli goulouli golouli goli gouli 9alolna 9olna nas rjal rajel mra tefla tfol
wlad bent weld wlidi chouf choufou chof chofo nchouf nchoufou choft cheft chefna chftou rouh arwah arwa7 aji adji
a3tini a3tina a3touni 3tani 3tawni 3tawna 3tana 3tit na3ti rja3 rja3t rej3ou rja3ouli raj3ou rejja3 raja3 raja3na
nrej3ou nrajja3 nrajj3ou nbedlou nbadel nbedel bedlouli bedlou badlouli bedelna tbadel tbadlouli tbedlou ybadal
ybadlou bdelt badel m3a m3akom m3akoum m3ana ma3a kamel kaml gaa3 ga3 kol kul koul kolech koulch kolchi koulchi lokhra
lokhrin wehdokhra wahdokhra akhor okhra bach bech besh bsh bessah bsah bssah bassah besa7 bsa7 mba3d mbaed men ba3d
mor mour mora morah 9bel qbel gbel melli mali mnli meli kif ki kiki ida ila lakan loukan lokan lukan koun kon yak hih
hi wah ih la lala wlh walhi haja 7aja hadja hajja swala7 swalah chi chay 7it hit khater lakhater 3lakhater la5ater
parceque hchouma 7chouma hachouma 3ib 3eyb eyb 7ram haram 7asbiya hasbiya hgar hogra ta7 tah tahet ta7et ta7 wga3
wga3et tih yti7 ytih tayeh taye7 tay7a zla9 zla9t zle9t zlagt zle9 yzalla9 yzelle9 yzlag tzalla9 tzelle9 tzlag zelga
zalga yzelag jra7 jrah jraht jra7t majrouh mjrou7 mjrouh dem dmm sbitar sbitar sbitare sbita tbib twejja3 youja3
tewja3 yewja3 yoja3 twaja3 tewja3ni wja3 wja3ni dharni dharetni l lma elma lmaa chta mtar twil twila 9sir 9sira kbout
dyk lokhrin sah s7i7 sahih mkach ntla9aw ntlaqaw nta3kom
"""

# Everyday words of arabizi whose consonants are those of words of danger
EVERYDAY = """
blasa blassa blasti blastou blastha blasset blassti 3lihom 3lihoum ta3hom ta3houm lgaha l9aha lgahom l9ahom lgaw
"""

OTHER = """
der die das und ist nicht ich wir sie ein eine mit auf für haben sind wurde schuhe bitte sehr auch aber nach bei von
zu el los las una unos que con por para pero muy como está esta son tiene zapatos gracias hola señor desde hasta
cuando donde il lo gli che non sono per con una della delle degli anche più grazie scarpe ciao buongiorno o os uma não
com para mais obrigado sapatos você estão bir ve bu için ile değil çok ayakkabı merhaba teşekkürler ama olarak het een
van niet voor met zijn schoenen graag dank
"""


def _plain(words):
    return frozenset(normalise(words).split())


LANGUAGES = {"fr": _plain(FRENCH), "en": _plain(ENGLISH), "arabizi": _plain(ARABIZI), "other": _plain(OTHER)}
KNOWN = LANGUAGES["fr"] | LANGUAGES["en"] | _plain(EVERYDAY)
