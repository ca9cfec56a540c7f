import { quickenSynthesis } from "../modules/app-gke/terraform/quick-synthesis";
import { readEnvironments } from "../modules/dify-gke/variable-files";
import { DifyGke } from "../modules/dify-gke/dify-gke";
import { formatProblems, hasErrors } from "../modules/dify-gke/problems";
import { App } from "cdktf";
import { readdirSync } from "node:fs";
quickenSynthesis();
const only=process.argv.slice(2);
(async()=>{
await readEnvironments({directory:"/tmp/sp/labels"});
for (const d of only.length?only:readdirSync("/tmp/sp").filter(x=>!x.includes("."))){
 const b=process.cpuUsage(); const w=performance.now();
 const r=await readEnvironments({directory:"/tmp/sp/"+d});
 const c=process.cpuUsage(b); const t1=(c.user+c.system)/1000; const w1=performance.now()-w;
 const out=formatProblems(r.problems,{color:false});
 let t2=0, acc=!hasErrors(r.problems), err="";
 if(acc && process.env.SYNTH){ const b2=process.cpuUsage(); try{ const e=r.environments[0]!; const app=new App({outdir:"/tmp/spout",skipValidation:true}); const g=new DifyGke(app,{environment:e.name,variables:e.variables,siblings:e.siblings}); for(const s of g.stacks) JSON.stringify(s.toTerraform()); }catch(e){err=String(e).slice(0,200)} const c2=process.cpuUsage(b2); t2=(c2.user+c2.system)/1000; }
 console.log(d.padEnd(14), acc?"ok ":"REF", "cpu",t1.toFixed(0).padStart(6),"wall",w1.toFixed(0).padStart(6),"synth",t2.toFixed(0), "problems",r.problems.length,"chars",out.length,err);
}
})();
