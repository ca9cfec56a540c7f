import { parse } from "@cdktf/hcl2json";
import { tooDeep } from "../modules/dify-gke/variables/depth";
import { hclPositions } from "../modules/dify-gke/variables/positions";
import { Marks } from "../modules/dify-gke/variables/marks";
import { readFileSync } from "node:fs";
const cpu=async(f:()=>unknown)=>{const b=process.cpuUsage(); await f(); const c=process.cpuUsage(b); return ((c.user+c.system)/1000).toFixed(0).padStart(6)};
(async()=>{ await parse("a.tfvars","a=1");
for(const d of process.argv.slice(2)){ const text=readFileSync(`/tmp/sp/${d}/dev.tfvars`,"utf8"); let p:any,m:any;
console.log(d.padEnd(12),"deep",await cpu(()=>tooDeep(text,false)),"pos",await cpu(()=>{p=hclPositions(text)}),"marks",await cpu(()=>{m=new Marks(text,p)}),"hcl",await cpu(()=>parse("a.tfvars",m.text).catch(()=>0)));}
})();
