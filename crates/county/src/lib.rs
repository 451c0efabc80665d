//! t
#![forbid(unsafe_code)]
mod areas; mod borders; mod feature; mod mesh; mod names; mod partition; pub mod rng; pub mod shape; mod water; mod roads; mod buildings;
#[test] fn dump() {
  let land = areas::lay_out(1);
  let w = water::fill(&land, &mut rng::Rng::branch(1,"water"));
  let mut n = names::Namer::new();
  let r = roads::build(&land,&w,&mut n,&mut rng::Rng::branch(1,"roads"));
  let (b,p) = buildings::build(&land,&w,&r,&mut n,&mut rng::Rng::branch(1,"buildings"));
  println!("{} cells {} roads {} buildings {} places", land.mesh.cells.len(), r.len(), b.len(), p.len());
  let mut per=[0;200]; p.iter().for_each(|p| per[p.grid]+=1); println!("{:?}", per);
  let mut f = w.features(); f.extend(r.iter().map(|r| r.feature())); f.extend(b);
  let v = serde_json::json!({"region":land.region,"streets":land.streets,"communities":land.communities,"grids":land.grids,"features":f});
  std::fs::write("/tmp/county.json", v.to_string()).unwrap();
}
