/** Words for people and things of a place or kind, and what tables store for them. Keys are lower case. */
const places = `french=france;american=usa,united states,us,united states of america;european=europe;asian=asia;african=africa;
german=germany;italian=italy;spanish=spain;chinese=china;japanese=japan;british=united kingdom,uk,great britain,england,britain;
english=england,english;russian=russia;canadian=canada;australian=australia;indian=india;brazilian=brazil;mexican=mexico;
dutch=netherlands;swedish=sweden;norwegian=norway;danish=denmark;finnish=finland;polish=poland;portuguese=portugal;
swiss=switzerland;irish=ireland;scottish=scotland;welsh=wales;korean=south korea,korea;turkish=turkey;greek=greece;
belgian=belgium;austrian=austria;thai=thailand;egyptian=egypt;argentinian=argentina;argentine=argentina;chilean=chile;
colombian=colombia;peruvian=peru;cuban=cuba;hungarian=hungary;czech=czech republic;romanian=romania;ukrainian=ukraine;
israeli=israel;iranian=iran;iraqi=iraq;pakistani=pakistan;indonesian=indonesia;malaysian=malaysia;vietnamese=vietnam;
nigerian=nigeria;kenyan=kenya;moroccan=morocco;icelandic=iceland;serbian=serbia;croatian=croatia;bulgarian=bulgaria;
usa=united states,us,united states of america;us=usa,united states,united states of america;america=usa,united states,us;
united states=usa,us,united states of america;uk=united kingdom,great britain,england;england=united kingdom,uk`;
const kinds = `female=f,female,women,woman;male=m,male,men,man;women=f,female;men=m,male;woman=f,female;man=m,male;girl=f,female;boy=m,male;
girls=f,female;boys=m,male;females=f,female;males=m,male;yes=y,yes,t,true,1;true=t,true,1,y,yes;false=f,false,0,n,no;no=n,no,f,false,0`;

export const demonyms: ReadonlyMap<string, readonly string[]> = new Map(
  `${places};${kinds}`.split(/;\s*/).map((entry) => {
    const [word = "", others = ""] = entry.trim().split("=");
    return [word, others.split(",")];
  }),
);
